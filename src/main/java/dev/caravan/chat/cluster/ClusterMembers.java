package dev.caravan.chat.cluster;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The other nodes, and the last message of each. Not thread-safe. */
final class ClusterMembers {
    /** A node that was silent for this long is gone: three heartbeats of the route chat-announce, and some. */
    private static final long SILENCE_NANOS = Duration.ofSeconds(7).toNanos();
    /** A node may come back within this time, with a message that was received before. */
    private static final long OBLIVION_NANOS = Duration.ofHours(1).toNanos();

    private final Map<String, Member> members = new HashMap<>();

    static final class Member {
        /** Of its last message; 0: none yet. */
        long number;

        private long receivedAt;
        private boolean gone = true;

        /** Takes a new message; returns how many before it are missing. */
        long take(long next) {
            long missing = number == 0 ? 0 : next - number - 1;
            number = next;
            return missing;
        }
    }

    Member get(String node) {
        return members.computeIfAbsent(node, any -> new Member());
    }

    /** A message came; true if the node was unknown or gone. */
    boolean received(Member member, long now) {
        boolean joined = member.gone;
        member.gone = false;
        member.receivedAt = now;
        return joined;
    }

    /** The nodes that have gone silent since the last call. */
    List<String> removeSilent(long now) {
        List<String> silent = new ArrayList<>();
        members.forEach((node, member) -> {
            if (!member.gone && now - member.receivedAt > SILENCE_NANOS) {
                member.gone = true;
                silent.add(node);
            }
        });
        members.values().removeIf(member -> now - member.receivedAt > OBLIVION_NANOS);
        return silent;
    }
}
