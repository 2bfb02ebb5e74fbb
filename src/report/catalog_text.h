/* catalog_text: what the text and the JSON of the catalog share. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_CATALOG_TEXT_H
#define SF_CATALOG_TEXT_H

struct sf_profile;
struct sf_str;

/* Appends placements as `nvidia-smi mig -lgipp` prints them: "{0,1,2,3}:1". */
void sf_catalog_placements(const struct sf_profile *profile, struct sf_str *out);

#endif
