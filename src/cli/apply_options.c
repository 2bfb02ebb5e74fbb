/* apply_options: what the command line of `slicefit apply` says. */
// SPDX-License-Identifier: Apache-2.0
#include "apply_options.h"

#include <slicefit/duration.h>
#include <slicefit/error.h>

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>

static const char help[] =
	"Usage: slicefit apply [OPTION...] DIR\n"
	"\n"
	"Carries out the roll-out that slicefit plan --emit DIR has written (docs/apply.md): one "
	"wave\n"
	"of nodes at a time it cordons them, evicts the pods that hold GPUs, sets the labels, "
	"waits\n"
	"for mig-manager and the device plugin, and uncordons. A wave that fails is taken back.\n"
	"Without --yes it changes nothing: it says what it would do, and asks the API server "
	"whether\n"
	"it may. It can be stopped at any point, by Ctrl-C or worse, and goes on when it is run "
	"again.\n"
	"\n"
	"Options:\n";

static const char help_end[] =
	"\n"
	"What is done is noted in DIR/apply.log.jsonl before it is done.\n"
	"\n"
	"Exit status: 0 done, or the dry run found nothing; 1 the cluster is not as the plan "
	"assumes,\n"
	"and nothing was begun; 2 wrong usage or input; 3 trouble outside, or not all is done.\n"
	"\n"
	"Examples:\n"
	"  slicefit apply --kubeconfig ~/.kube/config out\n"
	"  slicefit apply --kubeconfig ~/.kube/config --yes --waves 1 out\n"
	"  slicefit apply --kubeconfig ~/.kube/config --yes --roll-back out\n";

enum { MOST_WAVES = 1000000, MOST_SECONDS = 7 * 86400 };

/* A row that sets a text or a flag of the options. */
#define TEXT_ROW(name, field)                                                                      \
	static int name(void *ctx, const char *value, struct sf_error *err)                        \
	{                                                                                          \
		struct sf_apply_cli *options = ctx;                                                \
		(void)err;                                                                         \
		options->field = value;                                                            \
		return 0;                                                                          \
	}
#define FLAG_ROW(name, field)                                                                      \
	static int name(void *ctx, const char *value, struct sf_error *err)                        \
	{                                                                                          \
		struct sf_apply_cli *options = ctx;                                                \
		(void)value;                                                                       \
		(void)err;                                                                         \
		options->field = true;                                                             \
		return 0;                                                                          \
	}
#define SECONDS_ROW(name, field, option)                                                           \
	static int name(void *ctx, const char *value, struct sf_error *err)                        \
	{                                                                                          \
		struct sf_apply_cli *options = ctx;                                                \
		return parse_seconds(option, value, &options->field, err);                         \
	}

static int parse_seconds(const char *option, const char *value, uint32_t *out, struct sf_error *err)
{
	double seconds;
	if (sf_duration_parse(value, &seconds, err) < 0) {
		return sf_wrap(err, "--%s", option);
	}
	if (!(seconds >= 1) || seconds > MOST_SECONDS) {
		return sf_fail(err, SF_EINVAL, "--%s '%s': expected 1s to 7d", option, value);
	}
	*out = (uint32_t)seconds;
	return 0;
}

TEXT_ROW(set_kubeconfig, kubeconfig)
TEXT_ROW(set_context, context)
TEXT_ROW(set_lease, apply.lease_space)
FLAG_ROW(set_yes, apply.execute)
FLAG_ROW(set_back, apply.roll_back)
FLAG_ROW(set_force, apply.force)
FLAG_ROW(set_drift, apply.allow_drift)
FLAG_ROW(set_bare, apply.evict_bare)
FLAG_ROW(set_no_operator, apply.skip_operator)
SECONDS_ROW(set_evict, apply.evict_s, "evict-timeout")
SECONDS_ROW(set_change, apply.change_s, "change-timeout")
SECONDS_ROW(set_settle, apply.settle_s, "settle")
SECONDS_ROW(set_silence, apply.silence_s, "api-timeout")

static int set_waves(void *ctx, const char *value, struct sf_error *err)
{
	struct sf_apply_cli *options = ctx;
	char *end;
	errno = 0;
	unsigned long n = strtoul(value, &end, 10);
	if (*value < '0' || *value > '9' || *end != '\0' || errno != 0 || n < 1 || n > MOST_WAVES) {
		return sf_fail(err, SF_EINVAL, "--waves '%s': expected 1 to %d", value, MOST_WAVES);
	}
	options->apply.max_waves = (uint32_t)n;
	return 0;
}

static int set_format(void *options, const char *value, struct sf_error *err)
{
	return sf_cli_format(&((struct sf_apply_cli *)options)->format, SF_FORMATS_REPORT, value,
	                     err);
}

static const struct sf_cli_row rows[] = {
	{0, "kubeconfig", "FILE", "where the API server is, and who we are there", set_kubeconfig},
	{0, "context", "NAME", "of the kubeconfig, instead of its current one", set_context},
	{'y', "yes", NULL, "do it", set_yes},
	{0, "waves", "N", "end after N waves; run again for the next ones", set_waves},
	{0, "roll-back", NULL, "take the wave back that is under way, and end", set_back},
	{0, "allow-drift", NULL, "go on although the cluster is not as the plan assumes",
         set_drift},
	{0, "evict-bare", NULL, "evict pods, too, that no controller would make again", set_bare},
	{0, "force-conflicts", NULL,
         "take over labels and configuration that somebody else has\n"
         "set (server-side apply)",
         set_force},
	{0, "no-operator", NULL, "leave the GPU Operator's ClusterPolicy alone", set_no_operator},
	{0, "evict-timeout", "TIME", "most time for the pods of a wave to go (default 15m)",
         set_evict},
	{0, "change-timeout", "TIME",
         "most time for mig-manager and the device plugin, each way\n"
         "(default 20m)",
         set_change},
	{0, "settle", "TIME", "so long mig-manager may take to notice a label (default 10s)",
         set_settle},
	{0, "api-timeout", "TIME", "most time without an answer of the API server (default 5m)",
         set_silence},
	{0, "lease-namespace", "NAME",
         "of the Lease slicefit-apply, which keeps others away (default:\n"
         "that of the ConfigMaps)",
         set_lease},
	{'o', "output", "FORMAT", "table (default), or json: one object a line", set_format},
	{'q', "quiet", NULL, "results and errors only", NULL},
	{'v', "verbose", NULL, "more about what is done, on standard error", NULL},
	{'h', "help", NULL, "this text", NULL},
	{0, NULL, NULL, NULL, NULL},
};

int sf_apply_options_parse(int argc, char **argv, struct sf_apply_cli *out)
{
	*out = (struct sf_apply_cli){
		.format = SF_FORMAT_TABLE,
		.apply = {.evict_s = 900, .change_s = 1200, .settle_s = 10, .silence_s = 300},
	};
	static const struct sf_cli_help about = {help, rows, help_end};
	int status;
	if (!sf_cli_begin(argc, argv, &about, out, &status)) {
		return status;
	}
	if (argc - optind != 1) {
		return sf_cli_usage(argv[0],
		                    argc == optind ? "no folder given" : "more than one folder");
	}
	if (out->apply.roll_back && !out->apply.execute) {
		return sf_cli_usage(argv[0], "--roll-back changes the cluster: add --yes");
	}
	out->dir = argv[optind];
	return -1;
}
