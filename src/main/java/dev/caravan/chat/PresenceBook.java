package dev.caravan.chat;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;

/**
 * Who is in which room, on which node. A name counts once, however many connections have it. Thread-safe: each question
 * and each change is short, under one lock.
 */
@Component
class PresenceBook {
    private final String instance;
    /** How many subscriptions of this node a name has in a room. */
    private final Map<String, Map<String, Integer>> here = new HashMap<>();
    /** The rooms of the other nodes. */
    private final Map<String, Map<String, Set<String>>> there = new HashMap<>();

    PresenceBook(@Value("${caravan.instance}") String instance) {
        this.instance = instance;
    }

    /** Somebody subscribed on this node, or ended that; null if others of the same name are left here. */
    synchronized Presence moved(String room, String name, boolean joined) {
        boolean before = isPresent(room, name);
        Map<String, Integer> names = here.computeIfAbsent(room, any -> new HashMap<>(4));
        int now = names.getOrDefault(name, 0) + (joined ? 1 : -1);
        if (now > 0) {
            names.put(name, now);
        } else {
            names.remove(name);
            if (names.isEmpty()) {
                here.remove(room);
            }
        }
        boolean changed = joined ? now == 1 : now == 0;
        return changed ? new Presence(room, name, joined, instance, before != isPresent(room, name)) : null;
    }

    /** Another node says that somebody came or went; the same with whether that is news here. */
    synchronized Presence heard(Presence change) {
        boolean before = isPresent(change.roomId(), change.name());
        Map<String, Set<String>> rooms = there.computeIfAbsent(change.origin(), any -> new HashMap<>());
        if (change.joined()) {
            rooms.computeIfAbsent(change.roomId(), any -> new TreeSet<>()).add(change.name());
        } else {
            rooms.computeIfPresent(change.roomId(), (room, names) -> {
                names.remove(change.name());
                return names.isEmpty() ? null : names;
            });
        }
        boolean news = before != isPresent(change.roomId(), change.name());
        return new Presence(change.roomId(), change.name(), change.joined(), change.origin(), news);
    }

    /** Another node says all that it knows, or nothing because it is gone; what of that is news. */
    synchronized List<Presence> heardAll(String origin, Map<String, Set<String>> rooms) {
        List<Presence> changes = new ArrayList<>();
        Map<String, Set<String>> before = there.getOrDefault(origin, Map.of());
        each(before, (room, name) -> {
            if (!rooms.getOrDefault(room, Set.of()).contains(name)) {
                changes.add(new Presence(room, name, false, origin, false));
            }
        });
        each(rooms, (room, name) -> {
            if (!before.getOrDefault(room, Set.of()).contains(name)) {
                changes.add(new Presence(room, name, true, origin, false));
            }
        });
        changes.replaceAll(this::heard);
        if (rooms.isEmpty()) {
            there.remove(origin);
        }
        changes.removeIf(change -> !change.news());
        return changes;
    }

    private interface Visitor {
        void visit(String room, String name);
    }

    private static void each(Map<String, Set<String>> rooms, Visitor visitor) {
        rooms.forEach((room, names) -> List.copyOf(names).forEach(name -> visitor.visit(room, name)));
    }

    /** Who is in a room, on any node, in the order of their names. */
    synchronized Collection<String> names(String room) {
        Set<String> names = new TreeSet<>(here.getOrDefault(room, Map.of()).keySet());
        there.values().forEach(rooms -> names.addAll(rooms.getOrDefault(room, Set.of())));
        return names;
    }

    /** The rooms of this node, for the others. */
    synchronized Map<String, Set<String>> here() {
        Map<String, Set<String>> rooms = new TreeMap<>();
        here.forEach((room, names) -> rooms.put(room, new TreeSet<>(names.keySet())));
        return rooms;
    }

    private boolean isPresent(String room, String name) {
        return here.getOrDefault(room, Map.of()).containsKey(name)
                || there.values().stream()
                        .anyMatch(rooms -> rooms.getOrDefault(room, Set.of()).contains(name));
    }
}
