/* kube_traits: labels, annotations and owner of a Kubernetes object. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_KUBE_TRAITS_H
#define SF_KUBE_TRAITS_H

#include <stddef.h>
#include <stdint.h>

struct sf_arena;

/* Longer values (of annotations; those of labels end at 63) are not kept, nor more than so many. */
enum { SF_KUBE_TRAITS_VALUE_MAX = 255, SF_KUBE_TRAITS_MAX = 256 };

struct sf_kube_trait {
	const char *key;
	const char *value;
};

/* Texts live in an arena; {0} is an object that has none of them. */
struct sf_kube_traits {
	const char *owner; /* kind of the controller in ownerReferences, or NULL */
	uint16_t n_labels, n_annotations;
	const struct sf_kube_trait *label, *annotation;
};

/* Reads an object's metadata from its JSON text; what is missing, null or of a wrong type counts as
 * absent, and so does all that follows a fault in the text. -1 when the arena is full. */
int sf_kube_traits_read(const char *text, size_t len, struct sf_arena *arena,
                        struct sf_kube_traits *out);

/* The labels in one block, to be freed: key, value, key, value, ..., each ended by NUL, and an empty text
 * at the end. NULL when there are none. */
char *sf_kube_traits_pack(const struct sf_kube_traits *traits);

/* Value of a label or an annotation, or NULL. */
const char *sf_kube_traits_label(const struct sf_kube_traits *traits, const char *key);
const char *sf_kube_traits_annotation(const struct sf_kube_traits *traits, const char *key);

#endif
