package dev.caravan.routes.figures;

import java.time.Instant;

/**
 * What the exchanges of a revision of a route have come to on a node, up to a moment.
 *
 * @param until when another revision took its place; null while it runs
 * @param medianMicros of the times that exchanges took, waits and called routes included; null without exchanges
 * @param p99Micros 99 of 100 took no longer; null like it
 * @param lastError null without one
 */
public record RevisionFigures(
        String revision,
        Instant since,
        Instant until,
        long total,
        long failed,
        Long medianMicros,
        Long p99Micros,
        LastError lastError) {}
