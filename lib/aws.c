#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aws.h"

#define FILE_MAX ((size_t)1 << 20)	/* bytes of a file, at most */
#define PATH_ROOM 4096u

/* What to do about what is not done here. */
#define INSTEAD "try: eval \"$(aws configure export-credentials --format env)\""

enum member { ACCESS, SECRET, TOKEN, REGION, ROLE, SSO, PROCESS, WEB, MEMBERS };

/* What a profile may say that matters here. */
static const struct {
	const char *name;
	enum member member;
} names[] = {
	{ "aws_access_key_id", ACCESS },
	{ "aws_secret_access_key", SECRET },
	{ "aws_session_token", TOKEN },
	{ "region", REGION },
	{ "role_arn", ROLE },
	{ "sso_session", SSO },
	{ "sso_start_url", SSO },
	{ "sso_account_id", SSO },
	{ "credential_process", PROCESS },
	{ "web_identity_token_file", WEB }
};

/* A profile of one file. */
struct profile {
	char path[PATH_ROOM];
	int found;	/* it is there */
	char *value[MEMBERS];	/* or NULL */
};

static void
wipe(char *s)
{

	if (s != NULL)
		sodium_memzero(s, strlen(s));
	free(s);
}

static void
profile_fini(struct profile *p)
{

	for (int i = 0; i < MEMBERS; i++) {
		wipe(p->value[i]);
		p->value[i] = NULL;
	}
}

/* A variable that is not empty, or NULL. */
static const char *
variable(const char *name)
{
	const char *v = getenv(name);

	return (v != NULL && v[0] != '\0' ? v : NULL);
}

/*
 * The whole file as a string; NULL with errno set, E2BIG if it is too long.
 * Sets ${*size} to its bytes.
 */
static char *
read_file(const char *path, size_t *size)
{
	char *text;
	size_t len = 0;
	ssize_t n = -1;
	int fd, saved;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return (NULL);
	if ((text = malloc(FILE_MAX + 1)) != NULL) {
		while ((n = read(fd, text + len, FILE_MAX + 1 - len)) > 0)
			len += (size_t)n;
		if (n == 0 && len > FILE_MAX)
			errno = E2BIG;
	}
	saved = errno;
	close(fd);
	if (text != NULL && n == 0 && len <= FILE_MAX) {
		text[len] = '\0';
		*size = len;
		return (text);
	}
	if (text != NULL)
		sodium_memzero(text, len);
	free(text);
	errno = saved;
	return (NULL);
}

/* Take the blanks off both ends. */
static char *
trim(char *s)
{
	size_t n;

	s += strspn(s, " \t\r");
	n = strlen(s);
	while (n > 0 && strchr(" \t\r", s[n - 1]) != NULL)
		s[--n] = '\0';
	return (s);
}

/* Does the line's [section] hold the profile? */
static int
is_section(char *line, const char *name, int config)
{
	char *end = strchr(line, ']');
	size_t n;

	if (end == NULL)
		return (0);
	*end = '\0';
	line = trim(line + 1);
	if (config && strcmp(line, "default") != 0) {
		if (strncmp(line, "profile", 7) != 0 ||
		    (line[7] != ' ' && line[7] != '\t'))
			return (0);
		line = trim(line + 7);
	}
	n = strlen(line);
	if (n >= 2 && (line[0] == '"' || line[0] == '\'') &&
	    line[n - 1] == line[0]) {
		line[n - 1] = '\0';
		line++;
	}
	return (strcmp(line, name) == 0);
}

/* One line "name = value" of the profile; -1 if memory is out. */
static int
take_line(struct profile *p, char *line)
{
	char *value = strchr(line, '=');

	if (value == NULL)
		return (0);
	*value++ = '\0';
	line = trim(line);
	/* A comment may follow, behind a blank. */
	for (char *q = value; *q != '\0'; q++) {
		if ((*q == ' ' || *q == '\t') && (q[1] == '#' || q[1] == ';')) {
			*q = '\0';
			break;
		}
	}
	value = trim(value);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char **to = &p->value[names[i].member];

		if (strcmp(line, names[i].name) != 0 || value[0] == '\0')
			continue;
		wipe(*to);
		if ((*to = strdup(value)) == NULL)
			return (-1);
	}
	return (0);
}

/* Look for the profile in the file's text. */
static int
parse(struct profile *p, char *text, const char *name, int config)
{
	char *line, *next, *begin = text;
	int inside = 0;

	if (strncmp(text, "\xef\xbb\xbf", 3) == 0)
		begin += 3;
	for (line = begin; line != NULL; line = next) {
		if ((next = strchr(line, '\n')) != NULL)
			*next++ = '\0';
		if (line[0] == '[') {
			if ((inside = is_section(line, name, config)))
				p->found = 1;
			continue;
		}
		/* What is indented belongs to a group of settings. */
		if (!inside || strchr(" \t#;", line[0]) != NULL)
			continue;
		if (take_line(p, line) == -1)
			return (-1);
	}
	return (0);
}

/* The file's path: of the variable, or below the home directory. */
static void
find_path(char path[PATH_ROOM], const char *name, const char *file)
{
	const char *given = variable(name), *home = variable("HOME");

	if (home == NULL)
		home = "";
	if (given == NULL)
		snprintf(path, PATH_ROOM, "%s/.aws/%s", home, file);
	else if (strncmp(given, "~/", 2) == 0)
		snprintf(path, PATH_ROOM, "%s%s", home, given + 1);
	else
		snprintf(path, PATH_ROOM, "%s", given);
}

static const char *
profile_name(void)
{
	const char *name = variable("AWS_PROFILE");

	return (name != NULL ? name : "default");
}

/* Read the profile from one file, if that is there. */
static int
read_profile(struct profile *p, int config, char why[SV_AWS_WHY])
{
	size_t size;
	char *text;
	int rc;

	memset(p, 0, sizeof(*p));
	if (config)
		find_path(p->path, "AWS_CONFIG_FILE", "config");
	else
		find_path(p->path, "AWS_SHARED_CREDENTIALS_FILE", "credentials");
	if ((text = read_file(p->path, &size)) == NULL) {
		if (errno == ENOENT || errno == ENOTDIR)
			return (0);
		snprintf(why, SV_AWS_WHY, "%.300s: %s", p->path, strerror(errno));
		return (-1);
	}
	rc = parse(p, text, profile_name(), config);
	if (rc == -1)
		snprintf(why, SV_AWS_WHY, "out of memory");
	/* It has been cut into strings. */
	sodium_memzero(text, size);
	free(text);
	return (rc);
}

/* What one of both files says, or NULL. */
static const char *
either(const struct profile p[2], enum member m)
{

	return (p[0].value[m] != NULL ? p[0].value[m] : p[1].value[m]);
}

/* Copy keys; -1 if memory is out. */
static int
copy_keys(struct sv_aws_keys *keys, const char *access, const char *secret,
    const char *token, char why[SV_AWS_WHY])
{

	keys->access = strdup(access);
	keys->secret = strdup(secret);
	if (token != NULL)
		keys->token = strdup(token);
	if (keys->access != NULL && keys->secret != NULL &&
	    (token == NULL || keys->token != NULL))
		return (0);
	snprintf(why, SV_AWS_WHY, "out of memory");
	return (-1);
}

/* Does the file have both keys? */
static int
has_keys(const struct profile *p)
{

	return (p->value[ACCESS] != NULL && p->value[SECRET] != NULL);
}

/* Why there are no keys in the files. */
static void
explain(const struct profile p[2], char why[SV_AWS_WHY])
{
	const char *name = profile_name(), *half = NULL;

	if (either(p, ACCESS) != NULL)
		half = "aws_secret_access_key";
	else if (either(p, SECRET) != NULL)
		half = "aws_access_key_id";
	if (half != NULL)
		snprintf(why, SV_AWS_WHY, "profile '%.60s' has no %s", name,
		    half);
	else if (variable("AWS_PROFILE") != NULL && !p[0].found && !p[1].found)
		snprintf(why, SV_AWS_WHY, "there is no profile '%.60s' in "
		    "%.160s or %.160s", name, p[0].path, p[1].path);
	else
		snprintf(why, SV_AWS_WHY, "no AWS credentials in the "
		    "environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY), "
		    "nor in profile '%.60s' of %.120s; " INSTEAD, name,
		    p[0].path);
}

/* Choose among what the profile has, in the order of the AWS CLI. */
static int
choose(struct sv_aws_keys *keys, const struct profile p[2],
    char why[SV_AWS_WHY])
{
	const struct profile *from = NULL;
	const char *cannot = NULL;

	if (either(p, ROLE) != NULL)
		cannot = "a role (role_arn)";
	else if (either(p, WEB) != NULL)
		cannot = "a web identity";
	else if (either(p, SSO) != NULL)
		cannot = "single sign-on (sso)";
	else if (has_keys(&p[0]))
		from = &p[0];
	else if (either(p, PROCESS) != NULL)
		cannot = "another program (credential_process)";
	else if (has_keys(&p[1]))
		from = &p[1];
	if (from != NULL)
		return (copy_keys(keys, from->value[ACCESS],
		    from->value[SECRET], from->value[TOKEN], why));
	if (cannot == NULL)
		explain(p, why);
	else
		snprintf(why, SV_AWS_WHY, "profile '%.60s' gets its credentials "
		    "from %s, which is not supported; " INSTEAD,
		    profile_name(), cannot);
	return (-1);
}

int
sv_aws_keys(struct sv_aws_keys *keys, char why[SV_AWS_WHY])
{
	const char *access = variable("AWS_ACCESS_KEY_ID");
	const char *secret = variable("AWS_SECRET_ACCESS_KEY");
	const char *token = variable("AWS_SESSION_TOKEN");
	struct profile p[2];
	int rc = 0;

	memset(keys, 0, sizeof(*keys));
	memset(p, 0, sizeof(p));
	if ((access == NULL) != (secret == NULL)) {
		snprintf(why, SV_AWS_WHY, "the environment has %s, but no %s",
		    access != NULL ? "AWS_ACCESS_KEY_ID" :
		    "AWS_SECRET_ACCESS_KEY", access != NULL ?
		    "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID");
		return (-1);
	}
	if (access != NULL)
		rc = copy_keys(keys, access, secret, token, why);
	else if (read_profile(&p[0], 0, why) == -1 ||
	    read_profile(&p[1], 1, why) == -1 || choose(keys, p, why) == -1)
		rc = -1;
	profile_fini(&p[0]);
	profile_fini(&p[1]);
	if (rc == -1)
		sv_aws_keys_fini(keys);
	return (rc);
}

void
sv_aws_keys_fini(struct sv_aws_keys *keys)
{

	wipe(keys->access);
	wipe(keys->secret);
	wipe(keys->token);
	memset(keys, 0, sizeof(*keys));
}

int
sv_aws_region(char **region, char why[SV_AWS_WHY])
{
	const char *v = variable("AWS_REGION");
	struct profile p[2];
	int rc = -1;

	memset(p, 0, sizeof(p));
	if (v == NULL)
		v = variable("AWS_DEFAULT_REGION");
	if (v == NULL && (read_profile(&p[1], 1, why) == -1 ||
	    read_profile(&p[0], 0, why) == -1))
		goto done;
	/* Of a region the configuration is the place. */
	if (v == NULL)
		v = p[1].value[REGION] != NULL ? p[1].value[REGION] :
		    p[0].value[REGION];
	if (v == NULL)
		snprintf(why, SV_AWS_WHY, "which AWS region? (--region, "
		    "AWS_REGION, or region in profile '%.60s' of %.200s)",
		    profile_name(), p[1].path);
	else if ((*region = strdup(v)) == NULL)
		snprintf(why, SV_AWS_WHY, "out of memory");
	else
		rc = 0;

done:
	profile_fini(&p[0]);
	profile_fini(&p[1]);
	return (rc);
}
