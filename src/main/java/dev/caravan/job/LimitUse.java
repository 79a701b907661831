package dev.caravan.job;

import java.util.Map;

/**
 * How the limits of types are used now. Listeners of this type get it about every second, on workers.
 *
 * @param held how many jobs are HELD, of all nodes, by type
 * @param slots how many slots attempts on this node have, by type
 * @param paused how many types are paused
 */
public record LimitUse(Map<String, Long> held, Map<String, Long> slots, int paused) {}
