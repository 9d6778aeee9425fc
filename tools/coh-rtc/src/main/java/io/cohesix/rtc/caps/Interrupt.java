// Where an interrupt goes.
package io.cohesix.rtc.caps;

/**
 * The kernel signals a notification when the interrupt comes.
 *
 * @param object the handler's name
 * @param badge the bit that it sets
 */
public record Interrupt(String object, Badge badge) {}
