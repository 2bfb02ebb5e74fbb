/* plan_fleet_class: the fleet program's rows and columns of the nodes and GPUs of one class. */
// SPDX-License-Identifier: Apache-2.0
#include "plan_fleet_part.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>

#include <stdlib.h>
#include <string.h>

static void *array(struct plan_fleet *fleet, size_t n, size_t size)
{
	return sf_arena_array(fleet->arena, n + 1, size);
}

/* Whom a device of the type serves in the mode. */
static void fill_set(const struct fleet_part *b, const struct plan_mode *mode, size_t type,
                     uint64_t *set)
{
	memset(set, 0, b->fleet->words * sizeof *set);
	for (size_t d = 0; d < b->model->n_demands; d++) {
		const struct plan_demand *demand = &b->model->demand[d];

		for (size_t w = 0; mode->most[d] && w < demand->n_wants; w++) {
			if (plan_type_serves(mode, &b->class->type[type], demand,
			                     &demand->want[w])) {
				set[want_bit(d, w) / 64] |= UINT64_C(1) << want_bit(d, w) % 64;
			}
		}
	}
}

static uint32_t intern_type(struct fleet_part *b, const uint64_t *set)
{
	struct fleet_class *to = b->to;
	struct fleet_type *type;

	for (uint32_t t = 0; t < to->n_types; t++) {
		if (memcmp(to->type[t].serves, set, b->fleet->words * sizeof *set) == 0) {
			return t;
		}
	}
	if (to->n_types == FLEET_TYPES_MAX) {
		b->fleet->overflow = true;
		return 0;
	}
	to->type = sf_xgrow(to->type, &to->cap_types, to->n_types + 1, sizeof *to->type);
	type = &to->type[to->n_types];
	type->serves = array(b->fleet, b->fleet->words, sizeof *set);
	memcpy(type->serves, set, b->fleet->words * sizeof *set);
	type->row = sf_milp_row(b->fleet->milp, -SF_MILP_INF, 0);
	return (uint32_t)to->n_types++;
}

/* The types of the mode's devices as types of the class; devices that serve nobody have none. */
static void read_types(struct fleet_part *b, const struct plan_mode *mode)
{
	uint64_t *set = sf_xcalloc(b->fleet->words, sizeof *set);

	for (size_t t = 0; t < b->class->n_types; t++) {
		bool any = false;

		fill_set(b, mode, t, set);
		for (size_t i = 0; i < b->fleet->words; i++) {
			any |= set[i] != 0;
		}
		b->type_of[t] = any ? intern_type(b, set) : UINT32_MAX;
	}
	free(set);
}

static bool same_role(const struct fleet_role *a, const struct fleet_role *b)
{
	return a->kept == b->kept && a->mig == b->mig && a->free_of_gpu == b->free_of_gpu &&
	       a->product == b->product && (a->kept || a->mig || a->mode == b->mode) &&
	       memcmp(a->supply, b->supply, FLEET_TYPES_MAX * sizeof *a->supply) == 0;
}

static struct fleet_role *add_role(struct fleet_part *b, const struct fleet_role *like)
{
	struct sf_milp *milp = b->fleet->milp;
	struct fleet_class *to = b->to;
	struct fleet_role *role;

	to->role = sf_xgrow(to->role, &to->cap_roles, to->n_roles + 1, sizeof *to->role);
	role = &to->role[to->n_roles++];
	*role = *like;
	role->supply = array(b->fleet, FLEET_TYPES_MAX, sizeof *role->supply);
	memcpy(role->supply, like->supply, FLEET_TYPES_MAX * sizeof *role->supply);
	role->col = sf_milp_col(milp, 0, SF_MILP_INF, true);
	for (size_t t = 0; t < to->n_types; t++) {
		if (role->supply[t]) {
			sf_milp_put(milp, to->type[t].row, role->col, -(double)role->supply[t]);
		}
	}
	return role;
}

/* The GPUs that play the role; NULL: they supply nothing that is wanted. */
static struct fleet_role *intern_role(struct fleet_part *b, uint32_t m, uint16_t r)
{
	const struct plan_mode *mode = &b->class->mode[m];
	const struct plan_role *role = &mode->role[r];
	struct fleet_class *to = b->to;
	struct fleet_role one = {.kept = mode->kind == PLAN_KEEP,
	                         .mig = role->mig,
	                         .free_of_gpu = role->free_of_gpu,
	                         .product = role->product,
	                         .mode = m,
	                         .role = r,
	                         .row = -1};
	uint32_t supply[FLEET_TYPES_MAX] = {0};
	bool any = false;

	for (size_t t = 0; t < b->class->n_types; t++) {
		if (role->supply[t] && b->type_of[t] != UINT32_MAX) {
			supply[b->type_of[t]] += role->supply[t];
			any = true;
		}
	}
	one.supply = supply;
	for (size_t i = 0; any && i < to->n_roles; i++) {
		if (same_role(&to->role[i], &one)) {
			return &to->role[i];
		}
	}
	return any ? add_role(b, &one) : NULL;
}

/* Adds a limit on the GPUs that play the role: `each` per unit of `col`. */
static void limit_role(struct fleet_part *b, struct fleet_role *role, int col, double each)
{
	if (role->row < 0) {
		role->row = sf_milp_row(b->fleet->milp, -SF_MILP_INF, 0);
		sf_milp_put(b->fleet->milp, role->row, role->col, 1);
	}
	sf_milp_put(b->fleet->milp, role->row, col, each);
}

/* Kept nodes: GPUs in use <= GPUs of nodes that are not drained. */
static void add_keep(struct fleet_part *b, uint32_t s)
{
	const struct plan_mode *mode = &b->class->mode[s];

	b->to->drained[s] = sf_milp_col(b->fleet->milp, 0, 0, true);
	if (mode->full) {
		return;
	}
	read_types(b, mode);
	b->to->role_of[s] = array(b->fleet, mode->n_roles, sizeof(int));
	for (uint16_t r = 0; r < mode->n_roles; r++) {
		struct fleet_role *role = intern_role(b, s, r);
		double each = mode->role[r].limit;

		b->to->role_of[s][r] = role ? (int)(role - b->to->role) : -1;
		if (role) {
			limit_role(b, role, b->to->drained[s], each);
			role->room += each * mode->n_nodes;
			sf_milp_row_bounds(b->fleet->milp, role->row, -SF_MILP_INF, role->room);
		}
	}
}

/* Rows "GPUs of the product in roles that are (not) MIG <= most of a node each". */
struct caps {
	int all, mig;
};

/* All roles of kept nodes together: where GPUs may choose among several (dynamic MIG, patterns of
 * pods), a role's own limit does not say that. */
static void add_keep_caps(struct fleet_part *b, uint8_t product, bool mig, bool plain)
{
	struct sf_milp *milp = b->fleet->milp;
	int row = sf_milp_row(milp, -SF_MILP_INF, SF_MILP_INF);
	double room = 0;

	for (size_t s = 0; s < b->class->n_keep; s++) {
		const struct plan_mode *mode = &b->class->mode[s];
		double each = mig && plain ? b->class->n_gpus[product]
		              : mig        ? mode->mig_cap[product]
		                           : mode->plain_cap[product];

		each = mode->full ? 0 : each;
		room += each * mode->n_nodes;
		sf_milp_put(milp, row, b->to->drained[s], each);
	}
	for (size_t r = 0; r < b->to->n_roles; r++) {
		const struct fleet_role *role = &b->to->role[r];

		if (role->kept && !role->free_of_gpu && role->product == product &&
		    (role->mig ? mig : plain)) {
			sf_milp_put(milp, row, role->col, 1);
		}
	}
	sf_milp_row_bounds(milp, row, -SF_MILP_INF, room);
}

/* May a GPU of some kept node choose its role? */
static bool any_choice(const struct plan_class *class)
{
	for (size_t s = 0; s < class->n_keep; s++) {
		const struct plan_mode *mode = &class->mode[s];
		size_t roles = 0;

		for (size_t r = 0; r < mode->n_roles; r++) {
			roles += mode->role[r].limit;
		}
		if (!mode->full && roles > class->pool->node.n_gpus) {
			return true;
		}
	}
	return false;
}

/* GPUs of one product on rebuilt nodes of a mode. */
static void add_rebuilt_gpus(struct fleet_part *b, uint32_t m, uint8_t product,
                             const struct caps *caps)
{
	struct sf_milp *milp = b->fleet->milp;
	const struct plan_mode *mode = &b->class->mode[m];
	int nodes = b->to->rebuilt[m - b->class->n_keep];
	int plain = sf_milp_row(milp, -SF_MILP_INF, 0);

	sf_milp_put(milp, plain, nodes, -(double)mode->plain_cap[product]);
	sf_milp_put(milp, caps->all, nodes, -(double)b->class->n_gpus[product]);
	sf_milp_put(milp, caps->mig, nodes, -(double)mode->mig_cap[product]);
	for (uint16_t r = 0; r < mode->n_roles; r++) {
		const struct plan_role *of = &mode->role[r];
		size_t before = b->to->n_roles;
		struct fleet_role *role = of->product == product ? intern_role(b, m, r) : NULL;

		if (of->product == product) {
			b->to->role_of[m][r] = role ? (int)(role - b->to->role) : -1;
		}
		if (!role) {
			continue;
		}
		if (before < b->to->n_roles) {
			sf_milp_put(milp, caps->all, role->col, 1);
			sf_milp_put(milp, of->mig ? caps->mig : plain, role->col, 1);
		}
		if (of->limit < b->class->n_gpus[product]) {
			limit_role(b, role, nodes, -(double)of->limit);
		}
	}
}

/* Rebuilt nodes of one mode: their GPUs play roles. */
static void add_rebuilt(struct fleet_part *b, uint32_t m, const struct caps *caps)
{
	b->to->rebuilt[m - b->class->n_keep] =
		sf_milp_col(b->fleet->milp, 0, b->class->n_nodes, true);
	read_types(b, &b->class->mode[m]);
	b->to->role_of[m] = array(b->fleet, b->class->mode[m].n_roles, sizeof(int));
	for (uint8_t q = 0; q < b->class->n_products; q++) {
		add_rebuilt_gpus(b, m, q, &caps[q]);
	}
}

/* Only drained and idle nodes can be rebuilt. */
static void add_node_rows(struct fleet_part *b)
{
	struct sf_milp *milp = b->fleet->milp;
	const struct plan_class *class = b->class;
	int row = sf_milp_row(milp, -SF_MILP_INF, 0);
	int most = class->max_drained < class->n_nodes
	                   ? sf_milp_row(milp, -SF_MILP_INF, class->max_drained)
	                   : -1;

	for (size_t s = 0; s < class->n_keep; s++) {
		sf_milp_put(milp, row, b->to->drained[s], -1);
		if (most >= 0 && class->mode[s].run) {
			sf_milp_put(milp, most, b->to->drained[s], 1);
		}
	}
	for (size_t m = class->n_keep; !b->fleet->keep_only && m < class->n_modes; m++) {
		sf_milp_put(milp, row, b->to->rebuilt[m - class->n_keep], 1);
	}
}

void plan_fleet_add_class(struct plan_fleet *fleet, uint32_t c)
{
	const struct plan_class *class = &fleet->model->class[c];
	struct fleet_part b = {
		.fleet = fleet, .model = fleet->model, .class = class, .to = &fleet->class[c]};
	struct caps caps[PLAN_PRODUCTS_MAX] = {{0, 0}};

	b.to->drained = array(fleet, class->n_keep, sizeof(int));
	b.to->role_of = array(fleet, class->n_modes, sizeof(int *));
	b.to->rebuilt = array(fleet, class->n_modes - class->n_keep, sizeof(int));
	b.to->pods = array(fleet, fleet->model->n_demands, sizeof(int));
	b.type_of = sf_xcalloc(PLAN_TYPES_MAX, sizeof *b.type_of);
	for (uint32_t s = 0; s < class->n_keep; s++) {
		add_keep(&b, s);
	}
	for (uint8_t q = 0; any_choice(class) && q < class->n_products; q++) {
		add_keep_caps(&b, q, true, true);
		add_keep_caps(&b, q, true, false);
		add_keep_caps(&b, q, false, true);
	}
	for (size_t q = 0; q < class->n_products; q++) {
		caps[q].all = sf_milp_row(fleet->milp, -SF_MILP_INF, 0);
		caps[q].mig = sf_milp_row(fleet->milp, -SF_MILP_INF, 0);
	}
	for (uint32_t m = (uint32_t) class->n_keep; !fleet->keep_only && m < class->n_modes; m++) {
		add_rebuilt(&b, m, caps);
	}
	add_node_rows(&b);
	plan_fleet_add_pods(&b);
	free(b.type_of);
}
