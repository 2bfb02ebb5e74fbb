/* cmd_replay_recorded: `slicefit replay --recorded`, decisions of a service decided again. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_CMD_REPLAY_RECORDED_H
#define SF_CMD_REPLAY_RECORDED_H

#include <stdbool.h>

/* Do the arguments ask for it: --recorded? */
bool sf_replay_is_recorded(int argc, char **argv);

/* The command; returns the exit status. */
int sf_cmd_replay_recorded(int argc, char **argv);

#endif
