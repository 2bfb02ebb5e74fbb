/* quantity: Kubernetes resource quantities ("2", "0008", "+2", "2e0", "1k", "1.5Gi", "500m"). */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_QUANTITY_H
#define SF_QUANTITY_H

#include <stddef.h>
#include <stdint.h>

/*
 * Parses a quantity as apimachinery's resource.ParseQuantity does and returns value * 10^scale,
 * rounded up to an integer (Quantity.ScaledValue): scale 0 for counts and bytes, 3 for milli-CPU. 0
 * on success, -1 when the text is no quantity or does not fit into int64.
 */
int sf_quantity_parse(const char *text, size_t len, int scale, int64_t *out);

#endif
