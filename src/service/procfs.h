/* procfs: what the kernel says about this process, as the client libraries of Prometheus do. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_PROCFS_H
#define SF_PROCFS_H

struct sf_str;

/*
 * Appends process_cpu_seconds_total, process_start_time_seconds, process_resident_memory_bytes,
 * process_virtual_memory_bytes, process_threads, process_open_fds and process_max_fds
 * (prometheus.io/docs/instrumenting/writing_clientlibs). What cannot be read under /proc is left out.
 */
void sf_procfs_write(struct sf_str *out);

#endif
