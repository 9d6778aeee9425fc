/** .coh scripts: parser, runner, transcripts with the one masking table. */
@NullMarked
package io.cohesix.core.script;

import org.jspecify.annotations.NullMarked;
