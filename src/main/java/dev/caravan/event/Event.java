package dev.caravan.event;

import java.time.Instant;

/**
 * Something that has happened.
 *
 * @param id what it is known by everywhere
 * @param key only those who follow this key get it; null: only those who follow none
 * @param time when it was published, to the second
 * @param text JSON, if it was published over REST; any text, if by others
 * @param bytes how large the text is
 */
public record Event(String id, String key, Instant time, String text, int bytes) {}
