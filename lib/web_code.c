#include "config.h"

#include <stdio.h>
#include <string.h>

#include "web.h"

#define CONNECT_MS 10000L
#define KEEP_IDLE 60L	/* s without traffic; routers forget after 350 */
#define KEEP_INTERVAL 15L

void
sv_web_common(CURL *e)
{

	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(e, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(e, CURLOPT_TCP_KEEPIDLE, KEEP_IDLE);
	curl_easy_setopt(e, CURLOPT_TCP_KEEPINTVL, KEEP_INTERVAL);
	curl_easy_setopt(e, CURLOPT_USERAGENT, "sv/" PACKAGE_VERSION);
#if LIBCURL_VERSION_NUM >= 0x075700
	/* Who gives up must not wait until a name is found. */
	curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L);
#endif
}

int
sv_web_may_pass(CURLcode code)
{

	switch (code) {
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_CONNECT:
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_PARTIAL_FILE:
	case CURLE_OPERATION_TIMEDOUT:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_GOT_NOTHING:
	case CURLE_HTTP2:
	case CURLE_HTTP2_STREAM:
		return (1);
	default:
		return (0);
	}
}

void
sv_web_words(const char *words, char *to, size_t room)
{
	char *p, *end;

	snprintf(to, room, "%s", words);
	if ((p = strstr(to, " after ")) != NULL &&
	    (end = strstr(p, " ms")) != NULL)
		memmove(p, end + 3, strlen(end + 3) + 1);
	for (p = to; *p != '\0'; p++)
		if (*p < ' ' || *p == 0x7f)
			*p = ' ';
}

int
sv_web_tls(char why[SV_WHY])
{
	const curl_version_info_data *v = curl_version_info(CURLVERSION_NOW);

	if ((v->features & CURL_VERSION_SSL) != 0)
		return (1);
	snprintf(why, SV_WHY, "this program was made without TLS, which https "
	    "needs: make layer LAYER_TLS=yes");
	return (0);
}
