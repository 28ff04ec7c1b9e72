#include "config.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "fakeruntime.h"

static char identifier[64];	/* of the extension */
static volatile unsigned long counter;
static const char *on_term;

/* The actions; each has the rest of its words as argument. */

static void
do_sleep(const char *arg)
{
	double s = atof(arg);
	struct timespec t = { (time_t)s,
	    (long)((s - (double)(time_t)s) * 1e9) };

	while (nanosleep(&t, &t) == -1)
		continue;
}

static double
now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return ((double)t.tv_sec + 1e-9 * (double)t.tv_nsec);
}

static void
do_spin(const char *arg)
{
	double start = now(CLOCK_MONOTONIC), end = start + atof(arg);
	double cpu = now(CLOCK_PROCESS_CPUTIME_ID);

	while (now(CLOCK_MONOTONIC) < end)
		for (volatile int i = 0; i < 10000; i++)
			continue;
	fake_say("%.4f", (now(CLOCK_PROCESS_CPUTIME_ID) - cpu) /
	    (now(CLOCK_MONOTONIC) - start));
}

static void
do_alloc(const char *arg)
{
	size_t n = strtoul(arg, NULL, 10) << 20;
	char *p;

	if ((p = malloc(n)) == NULL)
		fake_die("malloc");
	for (size_t i = 0; i < n; i += 4096)
		*(volatile char *)(p + i) = 1;
	fake_say("allocated %s", arg);
}

static void
do_print(const char *arg)
{

	puts(arg);
	fflush(stdout);
}

static void
do_part(const char *arg)
{

	fputs(arg, stdout);
	fflush(stdout);
}

static void
do_lines(const char *arg)
{

	for (long i = 1, n = atol(arg); i <= n; i++)
		printf("line %ld\n", i);
	fflush(stdout);
}

/* A line without end. */
static void
do_long(const char *arg)
{

	for (long n = atol(arg); n > 0; n--)
		putchar('x');
	fflush(stdout);
}

static void
do_exit(const char *arg)
{

	_exit(atoi(arg));
}

static void
do_signal(const char *arg)
{

	raise(atoi(arg));
}

static void
do_big(const char *arg)
{

	fake.answer_length = strtoul(arg, NULL, 10);
	if (fake.answer_length > FAKE_ROOM || fake.answer_length < 2)
		fake_die("big");
	memset(fake.answer, 'x', fake.answer_length);
	fake.answer[0] = fake.answer[fake.answer_length - 1] = '"';
}

static void
do_error(const char *arg)
{
	int n = snprintf(fake.answer, FAKE_ROOM, "{\"errorType\":\"%s\","
	    "\"errorMessage\":\"as asked for\",\"stackTrace\":[]}", arg);

	fake.answer_length = (size_t)n;
	fake.error_type = arg;
}

static void
do_mode(const char *arg)
{

	fake.mode = arg;
}

static void
do_path(const char *arg)
{
	char method[16], path[256];

	if (sscanf(arg, "%15s %255s", method, path) != 2)
		fake_die("path");
	fake_say("%d %s", fake_request(&fake.runtime, method, path, "", "x",
	    1), path);
}

/* What the runtime was told with the event. */
static void
do_header(const char *arg)
{
	char value[512];

	fake_header(&fake.runtime, arg, value, sizeof(value));
	fake_say("%s", value);
}

/* How much time there is, ms. */
static void
do_left(const char *arg)
{
	char value[32];

	(void)arg;
	fake_header(&fake.runtime, "Lambda-Runtime-Deadline-Ms", value,
	    sizeof(value));
	fake_say("%.0f", atof(value) - 1e3 * now(CLOCK_REALTIME));
}

/* Answer another call than the present one. */
static void
do_wrong(const char *arg)
{

	fake.answer_length = 0;
	fake_say("%d", fake_respond(arg));
}

/* Answer twice: the second answer's status goes into the log. */
static void
do_twice(const char *arg)
{

	(void)arg;
	fake.answer_length = (size_t)snprintf(fake.answer, FAKE_ROOM,
	    "\"first\"");
	printf("%d", fake_respond(fake.id));
	printf(" %d", fake_respond(fake.id));
	fake.error_type = "Function.Second";
	printf(" %d\n", fake_respond(fake.id));
	fflush(stdout);
}

/* Ask for the next event before this one is answered. */
static void
do_again(const char *arg)
{
	char before[64];

	(void)arg;
	memcpy(before, fake.id, sizeof(fake.id));
	fake_next();
	fake_say("%s", strcmp(before, fake.id) == 0 ? "same" : "other");
}

static void
do_env(const char *arg)
{
	extern char **environ;

	(void)arg;
	for (char **e = environ; *e != NULL; e++)
		printf("env %s\n", *e);
	fflush(stdout);
}

/* Where and who it is. */
static void
do_place(const char *arg)
{
	char dir[512] = "?";
	struct rlimit r = { 0, 0 };
	mode_t mask = umask(0);
	int fds = 0;

	(void)arg;
	umask(mask);
	if (getcwd(dir, sizeof(dir)) == NULL)
		fake_die("getcwd");
	getrlimit(RLIMIT_NOFILE, &r);
	for (int fd = 0; fd < 1024; fd++)
		fds += fcntl(fd, F_GETFD) != -1;
	printf("place cwd=%s uid=%u gid=%u files=%lu umask=%03o fds=%d "
	    "leader=%d\n", dir, getuid(), getgid(), (unsigned long)r.rlim_cur,
	    (unsigned)mask, fds - (fake.runtime.fd != -1) -
	    (fake.extension.fd != -1), getpgrp() == getpid());
	fflush(stdout);
}

static void
do_list(const char *arg)
{
	struct dirent **names;
	int n;

	if ((n = scandir(arg, &names, NULL, alphasort)) == -1) {
		fake_say("none");
		return;
	}
	for (int i = 0; i < n; i++) {
		if (names[i]->d_name[0] != '.')
			fake_say("%s ", names[i]->d_name);
		free(names[i]);
	}
	free(names);
}

static void
do_read(const char *arg)
{
	static char text[65536];
	int fd = open(arg, O_RDONLY);
	unsigned long total = 0;
	ssize_t n;

	while (fd != -1 && (n = read(fd, text, sizeof(text))) > 0)
		total += (unsigned long)n;
	fake_say("%lu", total);
	if (fd != -1)
		close(fd);
}

static void
do_write(const char *arg)
{
	int fd = open(arg, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	fake_say("%s", fd == -1 ? "no" : "yes");
	if (fd != -1)
		close(fd);
}

/* A process that leaves the group and the session, and stays. */
static void
do_daemon(const char *arg)
{

	(void)arg;
	fflush(stdout);
	if (fork() == 0) {
		setsid();
		if (fork() == 0) {
			printf("daemon %ld\n", (long)getpid());
			fflush(stdout);
			for (;;)
				pause();
		}
		_exit(0);
	}
	do_sleep("0.2");
}

/* As many processes as there may be. */
static void
do_forks(const char *arg)
{
	long n = 0, most = atol(arg);
	pid_t pid;

	while (n < most && (pid = fork()) != -1) {
		if (pid == 0)
			for (;;)
				pause();
		n++;
	}
	fake_say("%ld", n);
}

static void *
count(void *arg)
{

	(void)arg;
	for (;; counter++)
		do_sleep("0.01");
	return (NULL);
}

static void
do_count(const char *arg)
{
	static int started;
	pthread_t t;

	(void)arg;
	if (!started++ && pthread_create(&t, NULL, count, NULL) != 0)
		fake_die("thread");
	fake_say("%lu", counter);
}

static void
at_term(int sig)
{

	(void)sig;
	if (write(1, "term\n", 5) == -1 || strcmp(on_term, "ignore") != 0)
		_exit(0);
}

static void
do_term(const char *arg)
{

	on_term = strdup(arg);
	signal(SIGTERM, at_term);
}

static int
enlist(const char *events)
{
	char body[64];
	int n = snprintf(body, sizeof(body), "{\"events\":[%s]}", events);

	n = fake_request(&fake.extension, "POST", FAKE_EXTENSION "register",
	    "Lambda-Extension-Name: fake\r\n", body, (size_t)n);
	fake_header(&fake.extension, "Lambda-Extension-Identifier", identifier,
	    sizeof(identifier));
	return (n);
}

/* Ask for events as an extension, for ever. */
static void *
park(void *arg)
{
	char fields[160];

	(void)arg;
	snprintf(fields, sizeof(fields), "Lambda-Extension-Identifier: %s\r\n",
	    identifier);
	for (;;) {
		printf("extension %d", fake_request(&fake.extension, "GET",
		    FAKE_EXTENSION "event/next", fields, "", 0));
		printf(" %s\n", fake.extension.body);
		fflush(stdout);
	}
	return (NULL);
}

static void
do_register(const char *arg)
{
	pthread_t t;
	int status = enlist(arg);

	printf("register %d %s\n", status, fake.extension.body);
	fflush(stdout);
	if (status == 200 && pthread_create(&t, NULL, park, NULL) != 0)
		fake_die("thread");
}

static void
do_refused(const char *arg)
{
	int status = fake_request(&fake.extension, "GET",
	    FAKE_EXTENSION "event/next", arg, "", 0);

	fake_say("%d %d", status, enlist(""));
}

static void
do_init_error(const char *arg)
{

	do_error(arg);
	printf("init error %d\n", fake_request(&fake.runtime, "POST",
	    FAKE_RUNTIME "init/error", "", fake.answer, fake.answer_length));
	fflush(stdout);
}

/* Sleep, but only in the first process that comes here. */
static void
do_once(const char *arg)
{
	char file[256], s[32];

	if (sscanf(arg, "%255s %31s", file, s) != 2)
		fake_die("once");
	if (access(file, F_OK) == 0)
		return;
	do_write(file);
	do_sleep(s);
}

static const struct {
	const char *name;
	void (*fn)(const char *arg);
} actions[] = {
	{ "sleep", do_sleep }, { "spin", do_spin }, { "alloc", do_alloc },
	{ "print", do_print }, { "part", do_part }, { "lines", do_lines },
	{ "exit", do_exit }, { "signal", do_signal }, { "big", do_big },
	{ "error", do_error }, { "mode", do_mode }, { "path", do_path },
	{ "wrong", do_wrong }, { "twice", do_twice }, { "again", do_again },
	{ "env", do_env }, { "place", do_place }, { "list", do_list },
	{ "write", do_write }, { "read", do_read }, { "long", do_long },
	{ "daemon", do_daemon }, { "count", do_count },
	{ "forks", do_forks },
	{ "term", do_term }, { "register", do_register },
	{ "refused", do_refused }, { "init-error", do_init_error },
	{ "once", do_once }, { "header", do_header }, { "left", do_left },
};

void
fake_act(char *text)
{
	char *rest = NULL, *arg;
	size_t n = sizeof(actions) / sizeof(actions[0]), i;

	for (char *a = strtok_r(text, ";\n", &rest); a != NULL;
	    a = strtok_r(NULL, ";\n", &rest)) {
		a += strspn(a, " ");
		arg = a + strcspn(a, " ");
		if (*arg != '\0')
			*arg++ = '\0';
		for (i = 0; i < n && strcmp(a, actions[i].name) != 0; i++)
			continue;
		if (i < n)
			actions[i].fn(arg);
	}
}

