/* rules_claims: statements in prose and comments that are known to be wrong. */
// SPDX-License-Identifier: Apache-2.0
#include "rules.h"

#include <slicefit/alloc.h>

#include <ctype.h>
#include <regex.h>
#include <stdlib.h>

enum { LINE_MAX_BYTES = 1000 };

/* A sentence that matches `says` and not `unless` is a mistake. Extended regular expressions, case
 * ignored; a sentence ends at a full stop or the line. */
static const struct {
	int code;
	const char *says, *unless, *mend;
} claims[] = {
	{701,
         "(replica|time-?slic|each pod|each container).*(1/[2-9]|quarter|half|third|[0-9]+ "
         "?%|equal "
         "share|[0-9]+ ?(gb|gib)) (of )?(the |a |one )?(gpu|vram|memory|compute|per replica|each)",
         "\\bmps\\b|\\bmig\\b|not |n't|no |without|never|gpu time|share of time",
         "time-slicing limits neither memory nor "
         "compute; take MIG for that"},
	{701,
         "[0-9]+ ?(gb|gib) (of )?((gpu |v)?(memory|ram) )?(per|for each|each) (replica|pod|time)",
         "\\bmps\\b|\\bmig\\b|not |n't|no |without|never|ask|request|system|model",
         "replicas of time-slicing have no memory "
         "limit"},
	{701, "time-?slic.*(isolat)",
         "not |n't|no "
         "|without|lack|never|unlike|\\bmig\\b|less|weak|poor|only|none|nothing|hardly|little",
         "time-slicing isolates neither memory nor faults"},
	{701, "failRequestsGreaterThanOne.*(memory|vram|gb)", "not |n't|no ",
         "it refuses requests of more than one replica, whatever their memory"},
	{702, "(mig|mode).*(requires?|needs?|must|have to|has to).*\\breboot",
         "not |n't|no |ampere|a100|"
         "a30|lost|some|may|cloud|reset|"
         "azure|vm\\b",
         "Ampere needs a GPU reset, Hopper and later neither"},
	{703, "(gi|gpu instance) ?ids?.*(placement|position|order|start|slot|slice) ",
         "not |n't|no |profile", "nvidia-smi mig -lgi shows where instances are"},
	{704, "7g\\.[0-9]+gb.*7/8|\\b8g\\.[0-9]+gb|7g.*\\[?1\\.\\.7\\]?",
         "not |n't|no |does not|there is", "7g takes all eight memory units at 0"},
	{705,
         "[0-9] ?[x*\xc3\x97] ?[0-9]+ ?gb? ?= ?[0-9]+ ?gb?( of|/)|[0-9] slices? \\+ [0-9] slices? "
         "= "
         "8",
         "not |n't|unit", "count memory units at their placements"},
	{706,
         "\\b(l4|l40s?|a10g?|a40|a16|t4|v100|a6000|rtx 40[0-9]0|rtx "
         "50[0-9]0|geforce)\\b.*(supports?|has|"
         "with|have) (nvidia )?mig\\b",
         "not |n't|no |without|lack|unlike|neither|only|cannot", "that GPU has no MIG"},
	{706,
         "\\bmig (profile|partition|slice|instance|configuration)s? (for|on|of) (the |an? |nvidia "
         ")*(l4|l40s?|a10g?|a40|a16|t4|v100|a6000)\\b",
         "not |n't|no |without|lack|unlike|neither|only|cannot", "that GPU has no MIG"},
	{706,
         "only.*\\b(a100|h100)\\b.*(supports?|have|has|offer).*\\bmig\\b|\\bmig\\b.*only.*(support|"
         "available).*\\b(a100|h100)\\b",
         "a30|b200|h20\\b|such as|e\\.g|and newer|and later|ampere",
         "A30, H20, GH200, B200, GB200, B300, "
         "GB300 and RTX PRO have it, too"},
	{706, "\\bb300\\b.*(not supported|no mig|unsupported)", "not only",
         "B300 has 1g.34gb, 1g.67gb, 2g.67gb, 3g.135gb, 4g.135gb and 7g.269gb"},
	{707, "0x2333.*h200|h200.*0x2333|0x2b00.*b200|b200.*0x2b00|9856 ?mib.*9\\.75", "mock",
         "H200 is 0x2335 (NVL 0x233B), B200 is 0x2901; 9856 MiB are 9.625 GiB"},
	{708,
         "(pods?|workloads?|jobs?).*(keep|continue|stay|remain)s? (on "
         ")?(running|up).*(mig|repartition|"
         "reconfigur|profile)|(repartition|reconfigur|mig).*without (any )?(downtime|interrupt|"
         "drain|evict|restart)",
         "not |n't|no |never|cannot|drain",
         "drain the node first: mig-manager stops its GPU clients"},
	{709,
         "configmap.*(automatically|hot|live|immediately|dynamically) ?-?(re-?load|pick|appl|take|"
         "updat)|(re-?load|pick|take)[a-z ]*(configmap|config map|config)[a-z ]*(automatically|"
         "immediately|without)",
         "not |n't|no |never|label|must", "restart the daemonset, or change the label"},
	{710,
         "(limit ?range|limits\\.memory|memory "
         "limit|resources\\.limits).*(cap|limit|restrict|bound|"
         "prevent|control)s?.*(gpu memory|vram|gpu ram)",
         "not |n't|no |never|cannot", "take MIG, or MPS with enough replicas"},
	{711, "mixed.*(some nodes|other nodes|some gpus|others?) .*(full|whole|mig)",
         "not |n't|node-?specific|per node|nodeselector",
         "mixed names resources by profile; what a node has, its mig.config label says"},
	{712, "\\bmps\\b.*(renames?|becomes?|advertis|expos|appear).*gpu\\.shared",
         "renameByDefault|not |n't|if |when ", "set renameByDefault: true for that name"},
	{713, "gpu\\.count.*(multipl|replica|x )", "not |n't|never|without",
         "gpu.count is physical GPUs; capacity is count x replicas"},
};

enum { CLAIMS = sizeof(claims) / sizeof(claims[0]) };

struct patterns {
	regex_t says[CLAIMS], unless[CLAIMS];
};

static void compile(struct patterns *patterns)
{
	for (size_t i = 0; i < CLAIMS; i++) {
		int flags = REG_EXTENDED | REG_ICASE | REG_NOSUB;
		if (regcomp(&patterns->says[i], claims[i].says, flags & ~REG_NOSUB) != 0 ||
		    regcomp(&patterns->unless[i], claims[i].unless, flags) != 0) {
			abort();
		}
	}
}

static void release(struct patterns *patterns)
{
	for (size_t i = 0; i < CLAIMS; i++) {
		regfree(&patterns->says[i]);
		regfree(&patterns->unless[i]);
	}
}

/* `own`: bytes of it that are on its line; what begins behind them is told of the next one. */
static void check_sentence(struct sf_lint *lint, struct source *source, struct place place,
                           const char *sentence, size_t own)
{
	const struct patterns *patterns = lint->patterns;
	int last = 0;
	for (size_t i = 0; i < CLAIMS; i++) {
		regmatch_t match;
		if (claims[i].code == last ||
		    regexec(&patterns->says[i], sentence, 1, &match, 0) != 0 ||
		    (size_t)match.rm_so >= own ||
		    regexec(&patterns->unless[i], sentence, 0, NULL, 0) == 0) {
			continue;
		}
		last = claims[i].code;
		struct place at = {place.line, place.column + (uint32_t)match.rm_so};
		struct sf_lint_finding *finding = lint_at(lint, source, at, claims[i].code);
		lint_say(lint, finding, "\"%.*s\" is not so", (int)(match.rm_eo - match.rm_so),
		         sentence + match.rm_so);
		lint_mend(lint, finding, "%s", claims[i].mend);
	}
}

/* A text of which `own` bytes stand on one line, the rest on the next. */
struct said {
	const char *text;
	size_t len, own;
};

/* Where the sentence ends that begins at `at`: at a mark before a blank, or with the text. */
static size_t sentence_end(const char *text, size_t len, size_t at)
{
	for (; at < len; at++) {
		bool mark = text[at] == '.' || text[at] == '!' || text[at] == '?';
		if (mark && (at + 1 == len || text[at + 1] == ' ')) {
			break;
		}
	}
	return at;
}

/* As it reads: without the marks of bold type. */
static void copy_plain(const char *text, size_t len, char *out)
{
	for (size_t i = 0; i < len; i++) {
		bool bold = text[i] == '*' &&
		            ((i > 0 && text[i - 1] == '*') || (i + 1 < len && text[i + 1] == '*'));
		out[i] = bold || text[i] == '\0' ? ' ' : text[i];
	}
	out[len] = '\0';
}

/* The sentences of a text. */
static void check_text(struct sf_lint *lint, struct source *source, struct place place,
                       const struct said *said)
{
	enum { SHORTEST = 13 };
	char sentence[LINE_MAX_BYTES + 1];
	for (size_t begin = 0; begin < said->own;) {
		size_t end = sentence_end(said->text, said->len, begin);
		size_t n = end - begin < LINE_MAX_BYTES ? end - begin : LINE_MAX_BYTES;
		struct place at = {place.line, place.column + (uint32_t)begin};
		if (n >= SHORTEST) {
			copy_plain(said->text + begin, n, sentence);
			check_sentence(lint, source, at, sentence, said->own - begin);
		}
		begin = end + 1;
	}
}

/* Worth a look: most lines are about something else. */
static bool is_about(const char *text, size_t len)
{
	static const char *const words[] = {"mig",       "gpu", "replica", "slic", "7g",    "8g",
	                                    "configmap", "0x2", "gb",      "mps",  "memory"};
	char lower[LINE_MAX_BYTES + 1];
	size_t n = len < LINE_MAX_BYTES ? len : LINE_MAX_BYTES;
	for (size_t i = 0; i < n; i++) {
		lower[i] = (char)tolower((unsigned char)text[i]);
	}
	lower[n] = '\0';
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strstr(lower, words[i]) != NULL) {
			return true;
		}
	}
	return false;
}

/* Does the sentence go on in the next line? Not into a list, a table or a heading. */
static bool goes_on(const char *text, size_t len, const char *next, size_t next_len)
{
	size_t skip = 0;
	while (skip < next_len && next[skip] == ' ') {
		skip++;
	}
	return len > 0 && skip < next_len && strchr(".!?:|", text[len - 1]) == NULL &&
	       strchr("-*+|#>`=~0123456789", next[skip]) == NULL && text[0] != '#' &&
	       text[0] != '|';
}

static void check_line(struct sf_lint *lint, struct source *source, uint32_t line, bool prose,
                       bool last)
{
	char joined[2 * LINE_MAX_BYTES];
	const char *text;
	const char *next;
	size_t len = source_line(source, line, &text);
	size_t next_len = source_line(source, last ? 0 : line + 1, &next);
	size_t begin = 0;
	if (!prose) {
		while (begin < len &&
		       !(text[begin] == '#' && (begin == 0 || text[begin - 1] == ' '))) {
			begin++;
		}
	}
	struct said said = {text + begin, len - begin, len - begin};
	if (prose && len + next_len + 1 < sizeof(joined) && goes_on(text, len, next, next_len)) {
		memcpy(joined, text, len);
		joined[len] = ' ';
		memcpy(joined + len + 1, next, next_len);
		said.text = joined;
		said.len = len + 1 + next_len;
	}
	if (said.own > 0 && is_about(said.text, said.len)) {
		struct place place = {line, (uint32_t)begin + 1};
		check_text(lint, source, place, &said);
	}
}

static void check_source(struct sf_lint *lint, struct source *source)
{
	for (size_t i = 0; i < source->n_segments; i++) {
		const struct segment *segment = &source->segment[i];
		for (uint32_t line = segment->first; line <= segment->last; line++) {
			check_line(lint, source, line, segment->kind == SEG_PROSE,
			           line == segment->last);
		}
	}
}

void rules_claims(struct sf_lint *lint)
{
	struct patterns *patterns = sf_xcalloc(1, sizeof(*patterns));
	compile(patterns);
	lint->patterns = patterns;
	for (size_t i = 0; i < lint->n_sources; i++) {
		check_source(lint, lint->source[i]);
	}
	lint->patterns = NULL;
	release(patterns);
	free(patterns);
}
