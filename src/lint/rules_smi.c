/* rules_smi: what `nvidia-smi` is told about MIG. */
// SPDX-License-Identifier: Apache-2.0
#include "rules.h"

#include "command.h"
#include "scope.h"

static void check_destroy(struct sf_lint *lint, const struct command *command)
{
	size_t dgi = command_find(command, "-dgi");
	size_t dci = command_find(command, "-dci");
	bool before = command_group_has(lint, command, -1, "-dci", "--destroy-compute-instance");
	bool after = command_group_has(lint, command, 1, "-dci", "--destroy-compute-instance");
	if (dgi < command->n && dci == command->n && !before && after) {
		struct sf_lint_finding *finding =
			lint_at(lint, command->source, command->word[dgi].place, 210);
		lint_say(lint, finding,
		         "GPU instances are in use while their compute instances exist");
		lint_mend(lint, finding, "nvidia-smi mig -dci first, then nvidia-smi mig -dgi");
	}
}

static void report_option(struct sf_lint *lint, const struct command *command,
                          const struct word *word)
{
	struct sf_lint_finding *finding = lint_at(lint, command->source, word->place, 206);
	lint_say(lint, finding, "nvidia-smi has no option %s", word->text);
	bool off = strstr(word->text, "reset") != NULL || strstr(word->text, "disable") != NULL;
	lint_mend(lint, finding, "%s",
	          off ? "nvidia-smi mig -dci, then nvidia-smi mig -dgi, then nvidia-smi -mig 0"
	              : "nvidia-smi -mig 1 switches MIG on, -mig 0 switches it off");
}

/* What -mig is given: in the same word, in the next, or nothing. NULL: it is another option. */
static const char *mode_value(const struct command *command, size_t i)
{
	static const char *const options[] = {"-mig", "--multi-instance-gpu"};
	const char *text = command->word[i].text;
	for (size_t k = 0; k < sizeof(options) / sizeof(options[0]); k++) {
		size_t n = strlen(options[k]);
		if (same(text, options[k])) {
			return i + 1 < command->n ? command->word[i + 1].text : "";
		}
		if (strncmp(text, options[k], n) == 0 && text[n] == '=') {
			return text + n + 1;
		}
	}
	return NULL;
}

static bool is_mode(const char *value)
{
	static const char *const values[] = {"",         "0",       "1",       "ENABLED",
	                                     "DISABLED", "enabled", "disabled"};
	for (size_t k = 0; k < sizeof(values) / sizeof(values[0]); k++) {
		if (same(value, values[k])) {
			return true;
		}
	}
	return strpbrk(value, "$<{|[") != NULL;
}

/* -mig 0|1; anything else that begins so does not exist. */
static void check_mode(struct sf_lint *lint, const struct command *command, size_t i)
{
	const struct word *word = &command->word[i];
	const char *value = mode_value(command, i);
	if (value == NULL) {
		report_option(lint, command, word);
		return;
	}
	if (!is_mode(value)) {
		struct sf_lint_finding *finding = lint_at(lint, command->source, word->place, 206);
		lint_say(lint, finding, "%s takes 0 or 1, not %s", word->text, value);
		lint_mend(lint, finding,
		          "-mig 1 switches MIG on; instances are made with nvidia-smi mig -cgi");
		return;
	}
	if ((same(value, "0") || same(value, "DISABLED")) &&
	    command_group_has(lint, command, -1, "-cgi", "--create-gpu-instance") &&
	    !command_group_has(lint, command, -1, "-dgi", "--destroy-gpu-instance")) {
		struct sf_lint_finding *finding = lint_at(lint, command->source, word->place, 210);
		lint_say(lint, finding,
		         "MIG cannot be switched off while instances exist: In use by another "
		         "client");
		lint_mend(lint, finding,
		          "nvidia-smi mig -dci, then nvidia-smi mig -dgi, before it");
	}
}

static void check_mode_gpu(struct sf_lint *lint, const struct command *command, size_t i)
{
	struct scope scope;
	struct want none = {.profile = "", .count = 0};
	struct place place = command->word[i].place;
	struct asked asked = {command->source, place, &none, 0};
	scope_find(lint, command->source, place.line, place.line, command->comment, &scope);
	for (size_t k = 0; k < scope.gpus.n; k++) {
		if (scope.gpus.at[k]->mig_capable) {
			return;
		}
	}
	scope.certainty = CERTAIN_NEAR;
	scope_judge(lint, &scope, &asked);
}

void rules_smi(struct sf_lint *lint, const struct command *command)
{
	static const char *const sub[] = {"-cgi",  "-dgi",   "-cci", "-dci", "-lgi",
	                                  "-lgip", "-lgipp", "-lci", "-lcip"};
	size_t smi = command_find(command, "nvidia-smi");
	bool mig = command_find(command, "mig") < command->n;
	for (size_t i = smi + 1; i < command->n; i++) {
		const char *text = command->word[i].text;
		size_t at = i;
		for (size_t k = 0; !mig && k < sizeof(sub) / sizeof(sub[0]); k++) {
			if (same(text, sub[k])) {
				struct sf_lint_finding *finding =
					lint_at(lint, command->source, command->word[i].place, 205);
				lint_say(lint, finding, "%s belongs to `nvidia-smi mig`", text);
				lint_mend(lint, finding, "nvidia-smi mig %s ...", text);
			}
		}
		if (strncmp(text, "-mig", 4) == 0 ||
		    strncmp(text, "--multi-instance-gpu", 20) == 0 ||
		    strncmp(text, "--mig", 5) == 0) {
			check_mode(lint, command, i);
			check_mode_gpu(lint, command, i);
		}
		const char *list = command_value(command, &i, "-cgi", "--create-gpu-instance");
		if (list != NULL) {
			rules_cgi(lint, command, i > at ? i : at, list);
		}
	}
	if (smi < command->n) {
		check_destroy(lint, command);
	}
}
