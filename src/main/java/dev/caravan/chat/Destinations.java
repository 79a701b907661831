package dev.caravan.chat;

/** What clients send to and subscribe to. Names of rooms are what is behind the slash. */
public final class Destinations {
    /** Where clients speak. */
    public static final String SAY = "/send-endpoint/ws/chat";
    /** What is said in a room. */
    public static final String ROOM = "/receive-endpoint/";
    /** Who is in a room, who comes and goes. */
    public static final String PRESENCE = "/presence-endpoint/";
    /** What the server has to say to everybody: that other nodes cannot be reached. */
    public static final String NOTICE = "/notice-endpoint";
    /** Why something that this client said was refused; who subscribes to it stays connected then. */
    public static final String REFUSED = "/refused-endpoint";

    /** What other brokers take for a pattern, and separators of destinations; no room has them in its name. */
    private static final String RESERVED = "/\\*?#>{}[]";

    private Destinations() {}

    /** Whether this can be the name of a room: not too long, no spaces around it, nothing that is not printed. */
    static boolean isName(String name, int longest) {
        if (name.isEmpty() || name.length() > longest || !name.equals(name.strip())) {
            return false;
        }
        return name.codePoints()
                .allMatch(c -> RESERVED.indexOf(c) < 0
                        && !Character.isISOControl(c)
                        && Character.getType(c) != Character.SURROGATE
                        && Character.getType(c) != Character.FORMAT
                        && Character.getType(c) != Character.LINE_SEPARATOR
                        && Character.getType(c) != Character.PARAGRAPH_SEPARATOR);
    }

    /** Whether the server alone speaks in this room: {@code events}, and all below {@code events/} and {@code jobs/}. */
    public static boolean isServers(String room) {
        return room.equals("events") || room.startsWith("events/") || room.startsWith("jobs/");
    }

    /** Whether somebody can listen in this room: one of the server's, or one whose name people may choose. */
    public static boolean isRoom(String room, int longest) {
        return isName(isServers(room) ? room.substring(room.indexOf('/') + 1) : room, longest);
    }

    /** The room of a destination that begins with this prefix, else null. */
    public static String room(String destination, String prefix) {
        return destination.startsWith(prefix) ? destination.substring(prefix.length()) : null;
    }
}
