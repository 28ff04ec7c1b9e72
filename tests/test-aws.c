#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "aws.h"

static char dir[] = "/tmp/test-aws-XXXXXX";
static char credentials[64], config[64];

static void
put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
	assert_int_equal(fclose(f), 0);
}

/* Nothing is set but where the files would be. */
static int
setup(void **state)
{
	static const char *const names[] = { "AWS_ACCESS_KEY_ID",
	    "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION",
	    "AWS_DEFAULT_REGION", "AWS_PROFILE" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unsetenv(names[i]);
	setenv("AWS_SHARED_CREDENTIALS_FILE", credentials, 1);
	setenv("AWS_CONFIG_FILE", config, 1);
	unlink(credentials);
	unlink(config);
	return (0);
}

/* The keys are these, separated by commas; or the reason has that in it. */
static void
expect(const char *want)
{
	struct sv_aws_keys k;
	char why[SV_AWS_WHY] = "", got[256];

	if (sv_aws_keys(&k, why) == 0)
		snprintf(got, sizeof(got), "%s,%s,%s", k.access, k.secret,
		    k.token != NULL ? k.token : "-");
	else
		snprintf(got, sizeof(got), "none");
	sv_aws_keys_fini(&k);
	if (why[0] != '\0') {
		assert_string_equal(got, "none");
		if (strstr(why, want) == NULL)
			fail_msg("'%s' has no '%s'", why, want);
		assert_null(strstr(why, "SECRET1"));
		assert_null(strchr(why, '\n'));
		return;
	}
	assert_string_equal(got, want);
}

static void
keys_of_the_environment(void **state)
{

	(void)state;
	put(credentials, "[default]\naws_access_key_id=F\n"
	    "aws_secret_access_key=SECRET1\n");
	expect("F,SECRET1,-");
	setenv("AWS_ACCESS_KEY_ID", "E", 1);
	expect("but no AWS_SECRET_ACCESS_KEY");
	setenv("AWS_SECRET_ACCESS_KEY", "SECRET1", 1);
	expect("E,SECRET1,-");
	setenv("AWS_SESSION_TOKEN", "T", 1);
	expect("E,SECRET1,T");
	/* As the AWS CLI has it, they come before a profile. */
	setenv("AWS_PROFILE", "other", 1);
	expect("E,SECRET1,T");
	setenv("AWS_ACCESS_KEY_ID", "", 1);
	expect("but no AWS_ACCESS_KEY_ID");
}

static void
keys_of_files(void **state)
{

	(void)state;
	put(credentials, "\xef\xbb\xbf# comment\r\n[default]\r\n"
	    "  aws_access_key_id = indented\r\n"
	    "aws_access_key_id = A  \r\naws_secret_access_key\t=\tS+/=;#x ; c\r\n"
	    "no value\r\n=\r\n; comment\r\n"
	    "[ other ]\naws_access_key_id=O\naws_secret_access_key=P\n"
	    "aws_session_token=T\n[unclosed\naws_access_key_id=U\n");
	put(config, "[default]\nregion = eu-north-1\ns3 =\n  region = none\n"
	    "[profile other]\nregion=r2\n[profile  \"two words\"]\n"
	    "aws_access_key_id=W\naws_secret_access_key=X\n"
	    "[other]\nregion=no\naws_access_key_id=no\n[profile]\nregion=no\n");
	expect("A,S+/=;#x,-");
	setenv("AWS_PROFILE", "other", 1);
	expect("O,P,T");
	setenv("AWS_PROFILE", "two words", 1);
	expect("W,X,-");
	setenv("AWS_PROFILE", "third", 1);
	expect("there is no profile 'third' in /tmp/test-aws-");
}

/* A token is longer than a line that many readers of such files take. */
static void
long_lines(void **state)
{
	char token[3001], text[4000];
	struct sv_aws_keys k;
	char why[SV_AWS_WHY];

	(void)state;
	memset(token, 'T', sizeof(token) - 1);
	token[sizeof(token) - 1] = '\0';
	snprintf(text, sizeof(text), "[default]\naws_access_key_id=A\n"
	    "aws_secret_access_key=S\naws_session_token=%s", token);
	put(credentials, text);
	assert_int_equal(sv_aws_keys(&k, why), 0);
	assert_string_equal(k.token, token);
	sv_aws_keys_fini(&k);
	assert_null(k.token);
}

static void
no_keys(void **state)
{

	(void)state;
	expect("no AWS credentials in the environment");
	put(config, "[default]\nsso_session=x\n");
	expect("single sign-on (sso), which is not supported; try: eval "
	    "\"$(aws configure export-credentials --format env)\"");
	put(config, "[default]\ncredential_process=/bin/x SECRET1\n");
	expect("credential_process");
	put(config, "[default]\naws_access_key_id=A\n"
	    "aws_secret_access_key=SECRET1\nrole_arn=arn:x\n");
	expect("role_arn");
	put(config, "[default]\nweb_identity_token_file=x\n");
	expect("web identity");
	put(config, "[default]\naws_secret_access_key=SECRET1\n");
	expect("profile 'default' has no aws_access_key_id");
	put(config, "[default]\naws_access_key_id=A\n");
	expect("profile 'default' has no aws_secret_access_key");
	/* Plain keys come before a program, and a program before the others. */
	put(config, "[default]\ncredential_process=x\n");
	put(credentials, "[default]\naws_access_key_id=A\n"
	    "aws_secret_access_key=S\n");
	expect("A,S,-");
	setenv("AWS_CONFIG_FILE", dir, 1);
	expect("Is a directory");
}

static void
expect_region(const char *want)
{
	char *region = NULL, why[SV_AWS_WHY] = "";

	if (sv_aws_region(&region, why) == 0)
		assert_string_equal(region, want);
	else if (strstr(why, want) == NULL)
		fail_msg("'%s' has no '%s'", why, want);
	free(region);
}

static void
regions(void **state)
{

	(void)state;
	expect_region("which AWS region?");
	put(credentials, "[default]\nregion=r1\n");
	expect_region("r1");
	put(config, "[default]\nregion=r2\n[profile p]\nregion=r3\n");
	expect_region("r2");
	setenv("AWS_PROFILE", "p", 1);
	expect_region("r3");
	setenv("AWS_DEFAULT_REGION", "r4", 1);
	expect_region("r4");
	setenv("AWS_REGION", "r5", 1);
	expect_region("r5");
}

static void
home_directory(void **state)
{
	char path[80];

	(void)state;
	unsetenv("AWS_SHARED_CREDENTIALS_FILE");
	unsetenv("AWS_CONFIG_FILE");
	setenv("HOME", dir, 1);
	expect(dir);
	setenv("AWS_SHARED_CREDENTIALS_FILE", "~/c", 1);
	snprintf(path, sizeof(path), "%s/c", dir);
	put(path, "[default]\naws_access_key_id=A\naws_secret_access_key=S\n");
	expect("A,S,-");
	unlink(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(keys_of_the_environment, setup),
		cmocka_unit_test_setup(keys_of_files, setup),
		cmocka_unit_test_setup(long_lines, setup),
		cmocka_unit_test_setup(no_keys, setup),
		cmocka_unit_test_setup(regions, setup),
		cmocka_unit_test_setup(home_directory, setup)
	};
	int rc;

	if (mkdtemp(dir) == NULL)
		return (1);
	snprintf(credentials, sizeof(credentials), "%s/credentials", dir);
	snprintf(config, sizeof(config), "%s/config", dir);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(credentials);
	unlink(config);
	rmdir(dir);
	return (rc);
}
