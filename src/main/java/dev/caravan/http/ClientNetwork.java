package dev.caravan.http;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/** The unit for limits by address: of IPv6 the first 64 bits, the smallest network a provider assigns. */
public final class ClientNetwork {
    private static final int BYTES = 8;
    private static final Pattern NUMBERS = Pattern.compile("[0-9.]+|\\[?[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*]?");

    private ClientNetwork() {}

    public static String of(InetAddress address) {
        return address instanceof Inet6Address
                ? HexFormat.of().formatHex(address.getAddress(), 0, BYTES) + "/64"
                : address.getHostAddress();
    }

    /** That of an address as text; anything else, such as null, counts as it is. */
    public static String of(String address) {
        InetAddress parsed = address == null || address.indexOf(':') < 0 ? null : parse(address);
        return parsed == null ? address : of(parsed);
    }

    /** Whether this is an address and no name. */
    public static boolean isNumber(String host) {
        return NUMBERS.matcher(host).matches();
    }

    /** Null for anything but digits, so that no name is resolved. */
    public static InetAddress parse(String address) {
        if (address == null || !isNumber(address)) {
            return null;
        }
        try {
            return InetAddress.getByName(address);
        } catch (UnknownHostException e) {
            return null;
        }
    }
}
