/* kube_unseen: what a pod asks for that the model does not have. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_KUBE_UNSEEN_H
#define SF_KUBE_UNSEEN_H

struct sf_str;
struct sf_yaml;

/* Appends a line for each of them: resources of other devices by name, resource claims. */
void sf_kube_unseen(const struct sf_yaml *spec, struct sf_str *out);

#endif
