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
import java.util.function.IntUnaryOperator;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;

/**
 * Who is present in which room, on which node: each {@link Participant}, as text, once, however many connections it has.
 * Thread-safe: each call is short, under one lock.
 */
@Component
public class PresenceRegistry {
    private final String instance;
    /** How many subscriptions a participant has, by node, room and participant; of other nodes, 1 stands for any number. */
    private final Map<String, Map<String, Map<String, Integer>>> nodes = new HashMap<>();

    public PresenceRegistry(@Value("${caravan.instance}") String instance) {
        this.instance = instance;
    }

    /** A subscription of this node begins or ends; null if the same participant has others here. */
    public synchronized PresenceChange change(String room, String who, boolean joined) {
        boolean before = isPresent(room, who);
        int now = put(instance, room, who, count -> count + (joined ? 1 : -1));
        boolean changed = joined ? now == 1 : now == 0;
        return changed ? new PresenceChange(room, who, joined, instance, before != isPresent(room, who)) : null;
    }

    /** A participant joins or leaves on another node; the same change, with whether it is visible here. */
    synchronized PresenceChange apply(PresenceChange change) {
        boolean before = isPresent(change.roomId(), change.who());
        put(change.origin(), change.roomId(), change.who(), count -> change.joined() ? 1 : 0);
        boolean visible = before != isPresent(change.roomId(), change.who());
        return new PresenceChange(change.roomId(), change.who(), change.joined(), change.origin(), visible);
    }

    /** Another node announces all who are present there, or nobody because it is gone; the changes visible here. */
    synchronized List<PresenceChange> replaceAll(String origin, Map<String, Set<String>> rooms) {
        return replace(origin, new Part(rooms, null, null));
    }

    /** The same for a part of those who are present there: what is outside of it stays. */
    synchronized List<PresenceChange> replace(String origin, Part part) {
        Map<String, Set<String>> rooms = part.rooms;
        Map<String, Set<String>> before = rooms(origin);
        before.forEach((room, people) -> people.removeIf(who -> !part.covers(place(room, who))));
        List<PresenceChange> changes = missing(before, rooms, false, origin);
        changes.addAll(missing(rooms, before, true, origin));
        changes.replaceAll(this::apply);
        changes.removeIf(change -> !change.visible());
        return changes;
    }

    private static List<PresenceChange> missing(
            Map<String, Set<String>> here, Map<String, Set<String>> there, boolean joined, String origin) {
        List<PresenceChange> missing = new ArrayList<>();
        here.forEach((room, people) -> people.stream()
                .filter(who -> !there.getOrDefault(room, Set.of()).contains(who))
                .forEach(who -> missing.add(new PresenceChange(room, who, joined, origin, false))));
        return missing;
    }

    /** Who is present in a room, on any node, in the order of their names. */
    public synchronized Collection<String> people(String room) {
        Set<String> people = new TreeSet<>();
        nodes.values()
                .forEach(rooms ->
                        people.addAll(rooms.getOrDefault(room, Map.of()).keySet()));
        return people;
    }

    /**
     * A part of those who are present on a node, in the order of rooms and names.
     *
     * @param after the place behind which it begins; null: at the beginning
     * @param upTo the last place in it; null: it goes to the end
     */
    record Part(Map<String, Set<String>> rooms, String after, String upTo) {
        private boolean covers(String place) {
            return (after == null || place.compareTo(after) > 0) && (upTo == null || place.compareTo(upTo) <= 0);
        }
    }

    /** No room has a control character in its name, so that places are in the order of rooms. */
    private static String place(String room, String who) {
        return room + '\n' + who;
    }

    /** Who is present on this node, from a place on: about so many characters of it. */
    synchronized Part local(String after, int most) {
        Map<String, Set<String>> rooms = new TreeMap<>();
        int size = 0;
        String last = after;
        for (Map.Entry<String, Set<String>> room : rooms(instance).entrySet()) {
            for (String who : room.getValue()) {
                String place = place(room.getKey(), who);
                if (after == null || place.compareTo(after) > 0) {
                    if (size >= most) {
                        return new Part(rooms, after, last);
                    }
                    rooms.computeIfAbsent(room.getKey(), any -> new TreeSet<>()).add(who);
                    size += place.length();
                    last = place;
                }
            }
        }
        return new Part(rooms, after, null);
    }

    private Map<String, Set<String>> rooms(String node) {
        Map<String, Set<String>> rooms = new TreeMap<>();
        nodes.getOrDefault(node, Map.of()).forEach((room, people) -> rooms.put(room, new TreeSet<>(people.keySet())));
        return rooms;
    }

    private int put(String node, String room, String who, IntUnaryOperator change) {
        Map<String, Map<String, Integer>> rooms = nodes.computeIfAbsent(node, any -> new HashMap<>());
        Map<String, Integer> people = rooms.computeIfAbsent(room, any -> new HashMap<>(4));
        int count = change.applyAsInt(people.getOrDefault(who, 0));
        if (count > 0) {
            people.put(who, count);
        } else {
            people.remove(who);
            rooms.computeIfPresent(room, (any, left) -> left.isEmpty() ? null : left);
            nodes.computeIfPresent(node, (any, left) -> left.isEmpty() ? null : left);
        }
        return count;
    }

    private boolean isPresent(String room, String who) {
        return nodes.values().stream()
                .anyMatch(rooms -> rooms.getOrDefault(room, Map.of()).containsKey(who));
    }
}
