/* kube_unseen: what a pod asks for that the model does not have. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_KUBE_UNSEEN_H
#define SF_KUBE_UNSEEN_H

struct sf_kube_pod;
struct sf_manifests;
struct sf_str;
struct sf_yaml;

/* Appends a line for each of them: resources of other devices by name, resource claims. */
void sf_kube_unseen(const struct sf_yaml *spec, struct sf_str *out);

/* Appends a line for each ResourceQuota of the pod's namespace that, by its status, would not let it be
 * made: explain looks for a place, which comes after that. Quotas with scopes are passed over. */
void sf_kube_quotas(const struct sf_manifests *in, const struct sf_kube_pod *pod,
                    struct sf_str *out);

#endif
