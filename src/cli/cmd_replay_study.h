/* cmd_replay_study: `slicefit replay` of the placement study of the FGD paper. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_CMD_REPLAY_STUDY_H
#define SF_CMD_REPLAY_STUDY_H

#include <stdbool.h>

/* Do the arguments ask for the study: --trace openb, or a file that holds one? */
bool sf_replay_is_study(int argc, char **argv);

/* The command; returns the exit status. */
int sf_cmd_replay_study(int argc, char **argv);

#endif
