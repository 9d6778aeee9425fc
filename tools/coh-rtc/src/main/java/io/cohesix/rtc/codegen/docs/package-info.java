/** Markdown snippets, and their splicing into the documents. */
@NullMarked
package io.cohesix.rtc.codegen.docs;

import org.jspecify.annotations.NullMarked;
