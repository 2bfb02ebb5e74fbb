/* cluster_file: what a file says of a cluster: objects of Kubernetes, or a scenario of ours. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/cluster_file.h>

#include <slicefit/file.h>

void sf_cluster_file_finish(struct sf_cluster_file *file)
{
	sf_manifests_finish(&file->objects);
	sf_str_finish(&file->text);
	*file = (struct sf_cluster_file){0};
}

int sf_cluster_file_take(struct sf_cluster_file *file, const char *path, const struct sf_str *text,
                         struct sf_error *err)
{
	file->name = path;
	sf_manifests_init(&file->objects);
	if (sf_manifests_take(&file->objects, path, text, err) < 0) {
		return -1;
	}
	file->kubernetes = sf_manifests_are_kubernetes(&file->objects, text);
	if (!file->kubernetes) {
		sf_manifests_finish(&file->objects);
		sf_str_append_n(&file->text, sf_str_get(text), text->len);
	}
	return 0;
}

int sf_cluster_file_read(struct sf_cluster_file *file, const char *path, struct sf_error *err)
{
	struct sf_str text = {0};
	int rc = sf_file_read(path, SF_MANIFESTS_BYTES_MAX, &text, err);
	rc = rc == 0 ? sf_cluster_file_take(file, path, &text, err) : rc;
	sf_str_finish(&text);
	return rc;
}
