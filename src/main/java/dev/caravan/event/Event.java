package dev.caravan.event;

import java.time.Instant;

/**
 * Something that has happened.
 *
 * @param id the same on every node
 * @param key subscribers to this key get the event; null: subscribers without a key get it
 * @param time when it was published, to the second
 * @param text JSON, if it was published over HTTP; any text, if a foreign publisher sent it
 * @param bytes size of the text
 */
public record Event(String id, String key, Instant time, String text, int bytes) {}
