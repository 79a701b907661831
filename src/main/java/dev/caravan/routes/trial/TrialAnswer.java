package dev.caravan.routes.trial;

/**
 * What a call left in a recording.
 *
 * @param target as {@link TrialCall#target()}
 * @param body may be null
 * @param error what it failed with; null if it did not
 */
public record TrialAnswer(String target, String body, String error) {}
