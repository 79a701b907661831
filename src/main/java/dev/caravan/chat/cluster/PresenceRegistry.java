package dev.caravan.chat.cluster;

import dev.caravan.chat.Participant;
import dev.caravan.chat.PresenceChange;
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
 * Who is in which room, on which node: each {@link Participant}, as text, once, however many connections they have. Thread-safe: each question
 * and each change is short, under one lock.
 */
@Component
public class PresenceRegistry {
    private final String instance;
    /** How many subscriptions of this node somebody has in a room. */
    private final Map<String, Map<String, Integer>> here = new HashMap<>();
    /** The rooms of the other nodes. */
    private final Map<String, Map<String, Set<String>>> there = new HashMap<>();

    public PresenceRegistry(@Value("${caravan.instance}") String instance) {
        this.instance = instance;
    }

    /** Somebody subscribed on this node, or ended that; null if other subscriptions of the same person are left here. */
    public synchronized PresenceChange moved(String room, String who, boolean joined) {
        boolean before = isPresent(room, who);
        Map<String, Integer> people = here.computeIfAbsent(room, any -> new HashMap<>(4));
        int now = people.getOrDefault(who, 0) + (joined ? 1 : -1);
        if (now > 0) {
            people.put(who, now);
        } else {
            people.remove(who);
            if (people.isEmpty()) {
                here.remove(room);
            }
        }
        boolean changed = joined ? now == 1 : now == 0;
        return changed ? new PresenceChange(room, who, joined, instance, before != isPresent(room, who)) : null;
    }

    /** Another node says that somebody came or went; the same with whether that is news here. */
    synchronized PresenceChange heard(PresenceChange change) {
        boolean before = isPresent(change.roomId(), change.who());
        Map<String, Set<String>> rooms = there.computeIfAbsent(change.origin(), any -> new HashMap<>());
        if (change.joined()) {
            rooms.computeIfAbsent(change.roomId(), any -> new TreeSet<>()).add(change.who());
        } else {
            rooms.computeIfPresent(change.roomId(), (room, people) -> {
                people.remove(change.who());
                return people.isEmpty() ? null : people;
            });
        }
        boolean news = before != isPresent(change.roomId(), change.who());
        return new PresenceChange(change.roomId(), change.who(), change.joined(), change.origin(), news);
    }

    /** Another node says all that it knows, or nothing because it is gone; what of that is news. */
    synchronized List<PresenceChange> heardAll(String origin, Map<String, Set<String>> rooms) {
        List<PresenceChange> changes = new ArrayList<>();
        Map<String, Set<String>> before = there.getOrDefault(origin, Map.of());
        each(before, (room, who) -> {
            if (!rooms.getOrDefault(room, Set.of()).contains(who)) {
                changes.add(new PresenceChange(room, who, false, origin, false));
            }
        });
        each(rooms, (room, who) -> {
            if (!before.getOrDefault(room, Set.of()).contains(who)) {
                changes.add(new PresenceChange(room, who, true, origin, false));
            }
        });
        changes.replaceAll(this::heard);
        if (rooms.isEmpty()) {
            there.remove(origin);
        }
        changes.removeIf(change -> !change.visible());
        return changes;
    }

    private interface Visitor {
        void visit(String room, String who);
    }

    private static void each(Map<String, Set<String>> rooms, Visitor visitor) {
        rooms.forEach((room, people) -> List.copyOf(people).forEach(who -> visitor.visit(room, who)));
    }

    /** Who is in a room, on any node, in the order of their names. */
    public synchronized Collection<String> people(String room) {
        Set<String> people = new TreeSet<>(here.getOrDefault(room, Map.of()).keySet());
        there.values().forEach(rooms -> people.addAll(rooms.getOrDefault(room, Set.of())));
        return people;
    }

    /** The rooms of this node, for the others. */
    synchronized Map<String, Set<String>> here() {
        Map<String, Set<String>> rooms = new TreeMap<>();
        here.forEach((room, people) -> rooms.put(room, new TreeSet<>(people.keySet())));
        return rooms;
    }

    private boolean isPresent(String room, String who) {
        return here.getOrDefault(room, Map.of()).containsKey(who)
                || there.values().stream()
                        .anyMatch(rooms -> rooms.getOrDefault(room, Set.of()).contains(who));
    }
}
