/** Manual pages and completions from the programs' own command lines. */
@NullMarked
package io.cohesix.release.man;

import org.jspecify.annotations.NullMarked;
