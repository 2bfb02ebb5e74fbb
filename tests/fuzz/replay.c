/* replay: runs a fuzz target over its corpus without libFuzzer, with any compiler. */
// SPDX-License-Identifier: Apache-2.0
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The buffer has exactly the size of the file, so that ASan sees the first byte read beyond it. */
static int replay_file(const char *path, size_t size)
{
	FILE *file = fopen(path, "rb");
	if (file == NULL) {
		perror(path);
		return -1;
	}
	uint8_t *data = malloc(size > 0 ? size : 1);
	size_t got = data == NULL ? 0 : fread(data, 1, size, file);
	fclose(file);
	if (data == NULL || got != size) {
		fprintf(stderr, "%s: not read\n", path);
		free(data);
		return -1;
	}
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	return 0;
}

static int visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* Files in the order of their names; returns how many ran, or -1. */
static int replay_folder(const char *folder)
{
	struct dirent **entries = NULL;
	int n = scandir(folder, &entries, visible, alphasort);
	if (n < 0) {
		perror(folder);
		return -1;
	}
	int ran = 0;
	for (int i = 0; i < n; i++) {
		char path[4096];
		struct stat st;
		snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
		free(entries[i]);
		if (ran < 0) {
			continue;
		}
		if (stat(path, &st) != 0 || !S_ISREG(st.st_mode) ||
		    replay_file(path, (size_t)st.st_size) != 0) {
			fprintf(stderr, "%s: not a readable file\n", path);
			ran = -1;
		} else {
			ran++;
		}
	}
	free(entries);
	return ran;
}

int main(int argc, char **argv)
{
	int total = 0;
	for (int i = 1; i < argc; i++) {
		int ran = replay_folder(argv[i]);
		if (ran < 0) {
			return 1;
		}
		total += ran;
	}
	printf("%d inputs\n", total);
	/* An empty corpus is a mistake in the test, not a pass. */
	return total > 0 ? 0 : 1;
}
