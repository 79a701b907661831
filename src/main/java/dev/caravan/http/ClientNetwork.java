package dev.caravan.http;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.HexFormat;

/** The unit for limits by address: of IPv6 the first 64 bits, the smallest network a provider assigns. */
public final class ClientNetwork {
    private static final int BYTES = 8;

    private ClientNetwork() {}

    public static String of(InetAddress address) {
        return address instanceof Inet6Address
                ? HexFormat.of().formatHex(address.getAddress(), 0, BYTES) + "/64"
                : address.getHostAddress();
    }
}
