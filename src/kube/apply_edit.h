/* apply_edit: the changes that a roll-out makes to a node, as documents to send; no I/O. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_KUBE_APPLY_EDIT_H
#define SF_KUBE_APPLY_EDIT_H

#include "apply_see.h"

/*
 * Merge patches (RFC 7386), to be released. Each names the resourceVersion that was seen, so that what
 * it says about the node is still true when it is carried out.
 */

/* Closes the node (unless it stays) and notes what it was like; takes the roll-out's taint off. */
json_t *sf_apply_edit_take(const struct sf_apply_plan *plan, const struct sf_apply_wave *wave,
                           const struct sf_apply_node *node, const struct sf_apply_seen_node *seen);

json_t *sf_apply_edit_cordon(const struct sf_apply_seen_node *seen);

/* Removes mig-manager's last word; `back`: and notes that it will speak again. */
json_t *sf_apply_edit_forget(const struct sf_apply_seen_node *seen, bool back);

/* mig-manager's last word as it was. */
json_t *sf_apply_edit_restore(const struct sf_apply_seen_node *seen);

/* Removes the note, and opens the node unless it was closed before or stays. */
json_t *sf_apply_edit_give(const struct sf_apply_node *node, const struct sf_apply_seen_node *seen);

/* Labels to be set (an object), and those to be removed, as a merge patch; NULL: none. */
struct sf_apply_relabel {
	json_t *set;
	json_t *remove;
};

struct sf_apply_relabel sf_apply_edit_labels(const struct sf_apply_node *node,
                                             const struct sf_apply_seen_node *seen, bool back);

/* "nvidia.com/mig.config=all-1g.10gb, ..."; - for one that goes away. */
struct sf_str;
void sf_apply_edit_words(const struct sf_apply_node *node, bool back, struct sf_str *out);

/* With or without the roll-out's taint; NULL: nothing is to be changed. */
json_t *sf_apply_edit_taint(const struct sf_apply_taint *taint,
                            const struct sf_apply_seen_node *seen, bool on);

const char *sf_apply_edit_version(const struct sf_apply_seen_node *seen);

#endif
