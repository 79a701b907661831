package dev.caravan.security;

import jakarta.servlet.http.HttpServletRequest;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;

/** Where requests come from. */
final class Addresses {
    private static final List<String> FORWARDED = List.of("Forwarded", "X-Forwarded-For", "X-Real-IP");
    private static final String PROXIED = "proxied";
    private static final String IPV4 = "127.0.0.1";
    private static final Pattern NUMBERS = Pattern.compile("[0-9.]+|\\[?[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*]?");

    private Addresses() {}

    /**
     * The address of the peer. One on this machine that says it speaks for somebody else is not on this machine: what a
     * proxy says is believed only if the server is told to ({@code server.forward-headers-strategy}).
     */
    static String of(HttpServletRequest request) {
        String address = request.getRemoteAddr();
        boolean speaksForAnother = FORWARDED.stream().anyMatch(name -> request.getHeader(name) != null);
        return speaksForAnother && isLoopback(address) ? PROXIED : address;
    }

    static boolean isLoopback(String address) {
        if (IPV4.equals(address)) {
            return true;
        }
        InetAddress parsed = parse(address);
        return parsed != null && parsed.isLoopbackAddress();
    }

    /**
     * What counts as one client: of IPv6 the first 64 bits, the least that one gets from a provider; anything else as it is.
     */
    static String network(String address) {
        if (address == null || address.indexOf(':') < 0 || !(parse(address) instanceof Inet6Address parsed)) {
            return address;
        }
        return HexFormat.of().formatHex(parsed.getAddress(), 0, 8) + "::/64";
    }

    /** Null for anything but digits: a name would be looked up. */
    private static InetAddress parse(String address) {
        if (address == null || !NUMBERS.matcher(address).matches()) {
            return null;
        }
        try {
            return InetAddress.getByName(address);
        } catch (UnknownHostException e) {
            return null;
        }
    }
}
