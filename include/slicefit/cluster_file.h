/* cluster_file: what a file says of a cluster: objects of Kubernetes, or a scenario of ours. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_CLUSTER_FILE_H
#define SF_CLUSTER_FILE_H

#include <slicefit/manifests.h>
#include <slicefit/str.h>

/* Zero-initialise, finish in any case. */
struct sf_cluster_file {
	const char *name; /* in messages; borrowed */
	bool kubernetes;
	struct sf_manifests objects; /* of Kubernetes */
	struct sf_str text;          /* of what is no file of Kubernetes */
};

/* Reads a file ("-": standard input), all that `import` takes of Kubernetes, or anything else. */
int sf_cluster_file_read(struct sf_cluster_file *file, const char *path, struct sf_error *err);

/* The same of a text that was read already. */
int sf_cluster_file_take(struct sf_cluster_file *file, const char *path, const struct sf_str *text,
                         struct sf_error *err);

void sf_cluster_file_finish(struct sf_cluster_file *file);

#endif
