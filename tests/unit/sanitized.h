/* sanitized: is this a build whose allocator never returns NULL? */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_SANITIZED_H
#define SF_SANITIZED_H

#if defined(__has_feature)
#define SF_HAS_FEATURE(x) __has_feature(x)
#else
#define SF_HAS_FEATURE(x) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || SF_HAS_FEATURE(address_sanitizer)
enum { SF_SANITIZED = 1 };
#else
enum { SF_SANITIZED = 0 };
#endif

#endif
