#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"

/*
 * Layers: published, shown, listed and deleted, so that what deploys them can
 * be tried; no function can have one.
 */

struct layer {	/* a version of one */
	struct layer *next;	/* the one before, of any layer */
	char name[LAMBDA_NAME];
	unsigned version;
	struct code *code;	/* NULL: deleted; its number stays taken */
	json_t *about;	/* members as they were given */
	char created[32];
};

#define WORD "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" \
	"0123456789-_"

/* "arn:aws:lambda:REGION:ACCOUNT:layer:" */
static size_t
arn_prefix(const struct api *a, char *text, size_t size)
{

	return ((size_t)snprintf(text, size, "arn:aws:lambda:%s:%s:layer:",
	    a->l->o->region, LAMBDA_ACCOUNT));
}

/* The layer's name in the path, plain or as an ARN; NULL after a reply. */
static const char *
layer_name(struct api *a)
{
	const char *name = a->segments[2];
	char prefix[160];
	size_t n = arn_prefix(a, prefix, sizeof(prefix));

	if (strncmp(name, prefix, n) == 0)
		name += n;
	n = strspn(name, WORD);
	if (n > 0 && n < LAMBDA_NAME && name[n] == '\0')
		return (name);
	api_invalid(a, a->segments[2], "layerName", "satisfy regular "
	    "expression pattern: (arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:"
	    "\\d{12}:layer:[a-zA-Z0-9-_]+)|[a-zA-Z0-9-_]+");
	return (NULL);
}

/* A version as lists show it; with where its content is, if ${whole}. */
static json_t *
show(struct api *a, const struct layer *layer, int whole)
{
	char prefix[160];
	json_t *o;

	arn_prefix(a, prefix, sizeof(prefix));
	o = json_pack("{s:i,s:s}", "Version", (int)layer->version,
	    "CreatedDate", layer->created);
	if (o == NULL || json_object_update(o, layer->about) == -1) {
		json_decref(o);
		return (NULL);
	}
	json_object_set_new(o, "LayerVersionArn", json_sprintf("%s%s:%u",
	    prefix, layer->name, layer->version));
	if (!whole)
		return (o);
	json_object_set_new(o, "LayerArn", json_sprintf("%s%s", prefix,
	    layer->name));
	json_object_set_new(o, "Content", json_pack("{s:s++,s:s,s:I}",
	    "Location", http_url(a->l), "/packages/", layer->code->id,
	    "CodeSha256", layer->code->sha256, "CodeSize",
	    (json_int_t)layer->code->size));
	return (o);
}

/* Keep what was given besides the content. */
static int
take_about(struct api *a, struct layer *layer)
{
	static const char *const members[] = { "Description", "LicenseInfo",
	    "CompatibleRuntimes", "CompatibleArchitectures" };
	json_t *v;

	for (size_t i = 0; i < 4; i++) {
		v = json_object_get(a->body, members[i]);
		if (v == NULL || json_is_null(v))
			continue;
		if (i < 2 ? !json_is_string(v) : !json_is_array(v))
			return (api_error(a, 400, "SerializationException",
			    "%s is of a wrong type", members[i]));
		if (json_object_set(layer->about, members[i], v) == -1)
			return (api_no_memory(a));
	}
	return (0);
}

static void
layer_free(struct layer *layer)
{

	code_unref(layer->code);
	json_decref(layer->about);
	free(layer);
}

void
api_publish_layer(struct api *a)
{
	const char *name = layer_name(a);
	json_t *content = NULL;
	struct layer *layer;
	int got;

	if (name == NULL ||
	    (got = api_object(a, a->body, "Content", &content)) == -1)
		return;
	if (got == 0) {
		api_error(a, 400, "ValidationException", "1 validation error "
		    "detected: Value null at 'content' failed to satisfy "
		    "constraint: Member must not be null");
		return;
	}
	layer = calloc(1, sizeof(*layer));
	if (layer == NULL || (layer->about = json_object()) == NULL) {
		free(layer);
		api_no_memory(a);
		return;
	}
	if (take_about(a, layer) == -1 || (layer->code = api_code(a, content,
	    "PublishLayerVersion")) == NULL) {
		layer_free(layer);
		return;
	}
	snprintf(layer->name, sizeof(layer->name), "%s", name);
	config_time(layer->created, CONFIG_ZONE);
	layer->version = 1;
	for (struct layer *p = a->l->layers; p != NULL; p = p->next)
		if (strcmp(p->name, name) == 0 && p->version >= layer->version)
			layer->version = p->version + 1;
	layer->next = a->l->layers;
	a->l->layers = layer;
	api_reply(a, 201, show(a, layer, 1));
}

/* The version that the path names, or NULL after a reply. */
static struct layer *
find_version(struct api *a)
{
	const char *name = layer_name(a), *v = a->segments[4];
	char text[16];

	if (name == NULL)
		return (NULL);
	for (struct layer *p = a->l->layers; p != NULL; p = p->next) {
		snprintf(text, sizeof(text), "%u", p->version);
		if (p->code != NULL && strcmp(p->name, name) == 0 &&
		    strcmp(text, v) == 0)
			return (p);
	}
	api_error(a, 404, "ResourceNotFoundException",
	    "The resource you requested does not exist.");
	return (NULL);
}

void
api_get_layer(struct api *a)
{
	struct layer *layer = find_version(a);

	if (layer != NULL)
		api_reply(a, 200, show(a, layer, 1));
}

void
api_delete_layer(struct api *a)
{
	struct layer *layer = find_version(a);

	if (layer == NULL)
		return;
	code_unref(layer->code);
	layer->code = NULL;
	api_reply(a, 204, NULL);
}

void
api_list_layer(struct api *a)
{
	const char *name = layer_name(a);
	json_t *o, *list;

	if (name == NULL)
		return;
	o = json_pack("{s:[]}", "LayerVersions");
	list = json_object_get(o, "LayerVersions");
	for (struct layer *p = a->l->layers; p != NULL; p = p->next)
		if (p->code != NULL && strcmp(p->name, name) == 0)
			json_array_append_new(list, show(a, p, 0));
	api_reply(a, 200, o);
}

/* Is there a later version of the layer? */
static int
is_latest(const struct api *a, const struct layer *layer)
{

	for (struct layer *p = a->l->layers; p != layer; p = p->next)
		if (p->code != NULL && strcmp(p->name, layer->name) == 0)
			return (0);
	return (layer->code != NULL);
}

void
api_list_layers(struct api *a)
{
	char prefix[160];
	json_t *o, *list;

	arn_prefix(a, prefix, sizeof(prefix));
	o = json_pack("{s:[]}", "Layers");
	list = json_object_get(o, "Layers");
	for (struct layer *p = a->l->layers; p != NULL; p = p->next)
		if (is_latest(a, p))
			json_array_append_new(list, json_pack(
			    "{s:s,s:s+,s:o}", "LayerName", p->name,
			    "LayerArn", prefix, p->name,
			    "LatestMatchingVersion", show(a, p, 0)));
	api_reply(a, 200, o);
}

const struct code *
api_layer_code(const struct lambda *l, const char *id)
{

	for (struct layer *p = l->layers; p != NULL; p = p->next)
		if (p->code != NULL && strcmp(p->code->id, id) == 0)
			return (p->code);
	return (NULL);
}

void
api_free(struct lambda *l)
{
	struct layer *layer;

	while ((layer = l->layers) != NULL) {
		l->layers = layer->next;
		layer_free(layer);
	}
}
