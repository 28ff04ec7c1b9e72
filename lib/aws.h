#ifndef SV_AWS_H
#define SV_AWS_H

/*
 * Who asks AWS, and where: credentials and region as the AWS CLI finds them (AWS
 * SDKs and Tools Reference Guide, "Shared config and credentials files"), from
 *
 *   1. the environment: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY,
 *	AWS_SESSION_TOKEN; AWS_REGION, AWS_DEFAULT_REGION
 *   2. the profile AWS_PROFILE, or "default", of the file
 *	AWS_SHARED_CREDENTIALS_FILE, or ~/.aws/credentials
 *   3. that of AWS_CONFIG_FILE, or ~/.aws/config
 *
 * What needs another request or another program (single sign-on, roles, a
 * machine's own credentials) is not done here, and is said.
 */

#define SV_AWS_WHY 512u	/* room for a reason, with its end */

/* Keys that sign requests; strings are owned. */
struct sv_aws_keys {
	char *access;
	char *secret;
	char *token;	/* or NULL */
};

/**
 * sv_aws_keys(keys, why):
 * Find credentials.  Return 0, or -1 with a reason in ${why}, which holds
 * nothing of a secret.  sv_aws_keys_fini() overwrites and frees them; also after
 * a failure it may be called.
 */
int sv_aws_keys(struct sv_aws_keys *keys, char why[SV_AWS_WHY]);
void sv_aws_keys_fini(struct sv_aws_keys *keys);

/**
 * sv_aws_region(region, why):
 * Find the region: a string of the caller.  Return 0, or -1 with a reason in
 * ${why}.
 */
int sv_aws_region(char **region, char why[SV_AWS_WHY]);

#endif /* !SV_AWS_H */
