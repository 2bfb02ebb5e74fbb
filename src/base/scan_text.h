/* scan_text: what scan meets in a string that is not plain ASCII. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_SCAN_TEXT_H
#define SF_SCAN_TEXT_H

struct sf_scan_text;

/*
 * Over the escape or multi-byte character at p, in the middle of a string; notes in `out` what it
 * was. Returns behind it, or NULL and in *fault what is wrong at p (a constant text).
 */
const char *sf_scan_odd(const char *p, const char *end, struct sf_scan_text *out,
                        const char **fault);

#endif
