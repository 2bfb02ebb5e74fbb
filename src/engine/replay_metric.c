/* replay_metric: the metrics of a replay by their dotted paths. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/replay.h>

#include <assert.h>
#include <string.h>

enum type { TYPE_U32, TYPE_I64, TYPE_REAL };

struct row {
	const char *path;
	enum type type;
	size_t offset;
	enum sf_better better;
	unsigned features; /* shown when the scenario uses one of them; 0: always */
};

#define ROW_OF(path, type, field, better, features)                                                \
	{                                                                                          \
		path, type, offsetof(struct sf_replay_result, field), better, features             \
	}
#define ROW(path, type, field, better) ROW_OF(path, type, field, better, 0)

/* In the order of the JSON output: members of one object stay together. */
static const struct row rows[] = {
	ROW("pods.arrived", TYPE_U32, arrived, SF_BETTER_NEITHER),
	ROW("pods.placed", TYPE_U32, placed, SF_BETTER_MORE),
	ROW("pods.rejected", TYPE_U32, rejected, SF_BETTER_LESS),
	ROW("pods.waiting", TYPE_U32, waiting, SF_BETTER_LESS),
	ROW("pods.completed", TYPE_U32, completed, SF_BETTER_MORE),
	ROW("pods.misplaced", TYPE_U32, misplaced, SF_BETTER_LESS),
	ROW("pods.gpu_memory_unchecked", TYPE_U32, gpu_memory_unchecked, SF_BETTER_LESS),
	ROW("gpu.total", TYPE_I64, gpus, SF_BETTER_NEITHER),
	ROW("gpu.allocated_pct", TYPE_REAL, allocated_pct, SF_BETTER_MORE),
	ROW("gpu.allocated_end_pct", TYPE_REAL, allocated_end_pct, SF_BETTER_MORE),
	ROW("gpu.allocated_peak_pct", TYPE_REAL, allocated_peak_pct, SF_BETTER_NEITHER),
	ROW("gpu.fragmentation_pct", TYPE_REAL, fragmentation_pct, SF_BETTER_LESS),
	ROW("gpu.fragmentation_end_pct", TYPE_REAL, fragmentation_end_pct, SF_BETTER_LESS),
	ROW("gpu.stranded_pct", TYPE_REAL, stranded_pct, SF_BETTER_LESS),
	ROW("gpu.stranded_end_pct", TYPE_REAL, stranded_end_pct, SF_BETTER_LESS),
	ROW("gpu.active_mean", TYPE_REAL, gpus_active_mean, SF_BETTER_NEITHER),
	ROW_OF("gpu.used_pct", TYPE_REAL, busy_pct, SF_BETTER_MORE,
               SF_FEATURE_MODES | SF_FEATURE_DUTY),
	ROW_OF("gpu.down_pct", TYPE_REAL, down_pct, SF_BETTER_LESS, SF_FEATURE_NODES),
	ROW_OF("gpu.stranded_whole_pct", TYPE_REAL, mode[SF_MODE_WHOLE].stranded_pct,
               SF_BETTER_LESS, SF_FEATURE_MODES),
	ROW_OF("gpu.stranded_mig_pct", TYPE_REAL, mode[SF_MODE_MIG].stranded_pct, SF_BETTER_LESS,
               SF_FEATURE_MODES),
	ROW_OF("gpu.stranded_shared_pct", TYPE_REAL, mode[SF_MODE_SHARED].stranded_pct,
               SF_BETTER_LESS, SF_FEATURE_MODES),
	ROW_OF("gpu_hours.whole", TYPE_REAL, mode[SF_MODE_WHOLE].gpu_hours, SF_BETTER_NEITHER,
               SF_FEATURE_MODES),
	ROW_OF("gpu_hours.mig", TYPE_REAL, mode[SF_MODE_MIG].gpu_hours, SF_BETTER_NEITHER,
               SF_FEATURE_MODES),
	ROW_OF("gpu_hours.shared", TYPE_REAL, mode[SF_MODE_SHARED].gpu_hours, SF_BETTER_NEITHER,
               SF_FEATURE_MODES),
	ROW_OF("cost.total", TYPE_REAL, cost_total, SF_BETTER_LESS, SF_FEATURE_COST),
	ROW_OF("cost.allocated", TYPE_REAL, cost_allocated, SF_BETTER_NEITHER, SF_FEATURE_COST),
	ROW_OF("cost.idle", TYPE_REAL, cost_idle, SF_BETTER_LESS, SF_FEATURE_COST),
	ROW_OF("cost.per_pod_hour", TYPE_REAL, cost_per_pod_hour, SF_BETTER_LESS, SF_FEATURE_COST),
	ROW_OF("stretch.mean", TYPE_REAL, stretch_mean, SF_BETTER_LESS, SF_FEATURE_CONTENTION),
	ROW_OF("stretch.max", TYPE_REAL, stretch_max, SF_BETTER_LESS, SF_FEATURE_CONTENTION),
	ROW("wait_s.p50", TYPE_REAL, wait_p50_s, SF_BETTER_LESS),
	ROW("wait_s.p95", TYPE_REAL, wait_p95_s, SF_BETTER_LESS),
	ROW("wait_s.max", TYPE_REAL, wait_max_s, SF_BETTER_LESS),
	ROW("wait_s.mean", TYPE_REAL, wait_mean_s, SF_BETTER_LESS),
	ROW("horizon_s", TYPE_REAL, horizon_s, SF_BETTER_NEITHER),
	ROW_OF("evictions.pods", TYPE_U32, evicted_all.pods, SF_BETTER_LESS, SF_FEATURE_EVICTION),
	ROW_OF("evictions.lost_gpu_s", TYPE_REAL, evicted_all.lost_gpu_s, SF_BETTER_LESS,
               SF_FEATURE_EVICTION),
	ROW_OF("evictions.failed", TYPE_U32, evicted[SF_EVICT_NODE_FAILED].pods, SF_BETTER_LESS,
               SF_FEATURE_NODES),
	ROW_OF("evictions.failed_lost_gpu_s", TYPE_REAL, evicted[SF_EVICT_NODE_FAILED].lost_gpu_s,
               SF_BETTER_LESS, SF_FEATURE_NODES),
	ROW_OF("evictions.drained", TYPE_U32, evicted[SF_EVICT_DRAINED].pods, SF_BETTER_LESS,
               SF_FEATURE_NODES),
	ROW_OF("evictions.drained_lost_gpu_s", TYPE_REAL, evicted[SF_EVICT_DRAINED].lost_gpu_s,
               SF_BETTER_LESS, SF_FEATURE_NODES),
	ROW_OF("evictions.repartitioned", TYPE_U32, evicted[SF_EVICT_REPARTITIONED].pods,
               SF_BETTER_LESS, SF_FEATURE_NODES),
	ROW_OF("evictions.repartitioned_lost_gpu_s", TYPE_REAL,
               evicted[SF_EVICT_REPARTITIONED].lost_gpu_s, SF_BETTER_LESS, SF_FEATURE_NODES),
	ROW_OF("gangs.arrived", TYPE_U32, gangs_arrived, SF_BETTER_NEITHER, SF_FEATURE_GANG),
	ROW_OF("gangs.placed", TYPE_U32, gangs_placed, SF_BETTER_MORE, SF_FEATURE_GANG),
	ROW_OF("gangs.rejected", TYPE_U32, gangs_rejected, SF_BETTER_LESS, SF_FEATURE_GANG),
	ROW_OF("gangs.timed_out", TYPE_U32, gangs_timed_out, SF_BETTER_LESS, SF_FEATURE_GANG),
	ROW_OF("gangs.waiting", TYPE_U32, gangs_waiting, SF_BETTER_LESS, SF_FEATURE_GANG),
	ROW_OF("quota.held", TYPE_U32, quota_held, SF_BETTER_LESS, SF_FEATURE_QUOTA),
	ROW_OF("quota.held_end", TYPE_U32, quota_held_end, SF_BETTER_LESS, SF_FEATURE_QUOTA),
	ROW_OF("quota.rejected", TYPE_U32, quota_rejected, SF_BETTER_NEITHER, SF_FEATURE_QUOTA),
	ROW_OF("quota.wait_mean_s", TYPE_REAL, quota_wait_mean_s, SF_BETTER_LESS, SF_FEATURE_QUOTA),
	ROW_OF("quota.wait_max_s", TYPE_REAL, quota_wait_max_s, SF_BETTER_LESS, SF_FEATURE_QUOTA),
	ROW_OF("preemption.count", TYPE_U32, preemptions, SF_BETTER_LESS, SF_FEATURE_PREEMPTION),
	ROW_OF("preemption.victims", TYPE_U32, evicted[SF_EVICT_PREEMPTED].pods, SF_BETTER_LESS,
               SF_FEATURE_PREEMPTION),
	ROW_OF("preemption.budget_violations", TYPE_U32, budget_violations, SF_BETTER_LESS,
               SF_FEATURE_PREEMPTION),
	ROW_OF("preemption.lost_gpu_s", TYPE_REAL, evicted[SF_EVICT_PREEMPTED].lost_gpu_s,
               SF_BETTER_LESS, SF_FEATURE_PREEMPTION),
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };
_Static_assert((int)ROWS < (int)SF_METRICS_MAX, "a list of all metrics has room for them");

const struct sf_replay_formula sf_replay_formulas[] = {
	{"allocated", "memory-slices-and-replicas/1", 0},
	{"fragmentation", "fgd-expected-fragment/1", 0},
	{"stranded", "free-gpu-without-cpu-or-memory/1", 0},
	{"wait", "nearest-rank-of-placed-pods/1", 0},
	{"lost_work", "capacity-held-since-checkpoint/1", SF_FEATURE_EVICTION},
	{"victims", "kube-scheduler-reprieve/1", SF_FEATURE_PREEMPTION},
	{"quota_wait", "arrival-to-admission/1", SF_FEATURE_QUOTA},
	{"down", "not-held-on-nodes-that-take-no-pods/1", SF_FEATURE_NODES},
	{"used", "devices-by-duty/1", SF_FEATURE_MODES | SF_FEATURE_DUTY},
	{"contention", "processor-sharing-and-mps-sum/1", SF_FEATURE_CONTENTION},
	{"cost", "price-of-existing-gpus/1", SF_FEATURE_COST},
	{NULL, NULL, 0},
};

static double read_field(const struct sf_replay_result *result, const struct row *row)
{
	const char *at = (const char *)result + row->offset;
	uint32_t u32;
	int64_t i64;
	double real = 0;
	switch (row->type) {
	case TYPE_U32:
		memcpy(&u32, at, sizeof(u32));
		return u32;
	case TYPE_I64:
		memcpy(&i64, at, sizeof(i64));
		return (double)i64;
	case TYPE_REAL:
		memcpy(&real, at, sizeof(real));
		break;
	}
	return real;
}

bool sf_replay_metric(const struct sf_replay_result *result, const char *path, double *value)
{
	for (size_t i = 0; i < ROWS; i++) {
		if (strcmp(rows[i].path, path) == 0) {
			*value = read_field(result, &rows[i]);
			return true;
		}
	}
	return false;
}

bool sf_replay_metric_shown(const struct sf_replay_result *result, size_t index)
{
	return index < ROWS &&
	       (rows[index].features == 0 || (rows[index].features & result->features) != 0);
}

const char *sf_replay_metric_path(size_t index, bool *integer)
{
	if (index >= ROWS) {
		return NULL;
	}
	if (integer) {
		*integer = rows[index].type != TYPE_REAL;
	}
	return rows[index].path;
}

double sf_replay_metric_at(const struct sf_replay_result *result, size_t index)
{
	assert(index < ROWS);
	return read_field(result, &rows[index]);
}

enum sf_better sf_replay_metric_better(size_t index)
{
	assert(index < ROWS);
	return rows[index].better;
}
