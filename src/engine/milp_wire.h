/* milp_wire: programs and results as bytes, between processes of the same build. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_MILP_WIRE_H
#define SF_MILP_WIRE_H

#include "milp_impl.h"

/* A job as one block (malloc'ed), `call` being its number. */
void *milp_wire_job(const struct milp_job *job, uint64_t call, size_t *size);

/* Reads it back. The job points into the block but for job->milp, which is *milp. Returns -1 when the
 * block has not the size that it says. */
int milp_unwire_job(void *block, size_t size, struct milp_job *job, struct sf_milp *milp,
                    uint64_t *call);

/* Bytes of a result of a program. */
size_t milp_wire_result_size(const struct sf_milp *milp);
void milp_wire_result(const struct sf_milp *milp, const struct sf_milp_result *result, void *block);

/* Into a result whose x and dual are allocated. */
void milp_unwire_result(const struct sf_milp *milp, const void *block,
                        struct sf_milp_result *result);

#endif
