/* kube_time: moments as Kubernetes writes them. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_KUBE_TIME_H
#define SF_KUBE_TIME_H

#include <stdint.h>

/* Microseconds since 1970 of a metav1.Time or MicroTime, which is in UTC ("2026-03-02T08:00:05Z",
 * "2026-03-02T08:00:05.000001Z"; a fraction is passed over). INT64_MAX for other texts. */
int64_t sf_kube_time(const char *text);

#endif
