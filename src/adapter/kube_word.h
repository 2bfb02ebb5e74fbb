/* kube_word: texts from outside that can be names, keys and values. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_KUBE_WORD_H
#define SF_KUBE_WORD_H

#include <stdbool.h>

bool sf_kube_word_is_name(const char *text);  /* of an object */
bool sf_kube_word_is_space(const char *text); /* of a namespace */
bool sf_kube_word_is_key(const char *text);   /* of a label or taint */
bool sf_kube_word_is_value(const char *text); /* of a label or taint; may be empty */

/* The place of a word in a list that ends with NULL, or -1. */
int sf_kube_word_find(const char *const *words, const char *word);

#endif
