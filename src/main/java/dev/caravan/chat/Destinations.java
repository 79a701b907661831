package dev.caravan.chat;

import java.util.regex.Pattern;

/** What clients send to and subscribe to. Names of rooms are what is behind the slash. */
public final class Destinations {
    /** Where clients publish. */
    public static final String PUBLISH = "/send-endpoint/ws/chat";
    /** The messages of a room. */
    public static final String ROOM = "/receive-endpoint/";
    /** Who is present in a room, who joins and leaves. */
    public static final String PRESENCE = "/presence-endpoint/";
    /** Notices of the server: that other nodes cannot be reached. */
    public static final String NOTICE = "/notice-endpoint";
    /** Why a message of this client was rejected; a client that subscribes to it stays connected then. */
    public static final String REJECTED = "/rejected-endpoint";

    /** No patterns and separators of other brokers, and nothing that is not printed. */
    private static final Pattern NAME = Pattern.compile("[^/\\\\*?#>{}\\[\\]\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}]+");

    private Destinations() {}

    /** Whether this can be the name of a room: not too long, no spaces around it, nothing that is not printed. */
    static boolean isName(String name, int longest) {
        return name.length() <= longest
                && name.equals(name.strip())
                && NAME.matcher(name).matches();
    }

    /** Whether the server alone publishes in this room: {@code events}, and all below {@code events/} and {@code jobs/}. */
    public static boolean isServers(String room) {
        return room.equals("events") || room.startsWith("events/") || room.startsWith("jobs/");
    }

    /** Whether this can be a room: one of the server's, or one whose name clients may choose. */
    public static boolean isRoom(String room, int longest) {
        return isName(isServers(room) ? room.substring(room.indexOf('/') + 1) : room, longest);
    }

    /** The room that clients publish in, else null: the server's rooms have no history and no presence. */
    public static String clientRoom(String destination) {
        String room = room(destination, ROOM);
        return room == null || isServers(room) ? null : room;
    }

    /** The room of a destination that begins with this prefix, else null. */
    public static String room(String destination, String prefix) {
        return destination.startsWith(prefix) ? destination.substring(prefix.length()) : null;
    }
}
