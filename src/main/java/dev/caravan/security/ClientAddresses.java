package dev.caravan.security;

import dev.caravan.http.ClientNetwork;
import dev.caravan.http.ProxyHeaders;
import jakarta.servlet.http.HttpServletRequest;
import java.net.InetAddress;
import java.util.Collections;
import java.util.Locale;
import java.util.Set;

/** The addresses of clients. */
final class ClientAddresses {
    /** Headers in which proxies name their clients, beside {@code X-Forwarded-*}; in lower case. */
    private static final Set<String> FORWARDED = Set.of(
            "forwarded",
            "via",
            "x-real-ip",
            "x-client-ip",
            "x-cluster-client-ip",
            "x-original-forwarded-for",
            "x-envoy-external-address",
            "x-proxied-https",
            "x-proxyuser-ip",
            "client-ip",
            "true-client-ip",
            "cf-connecting-ip",
            "fastly-client-ip",
            "fly-client-ip",
            "proxy-client-ip",
            "wl-proxy-client-ip");

    private static final String X_FORWARDED = "x-forwarded-";
    private static final String PROXIED = "proxied";
    private static final String IPV4 = "127.0.0.1";
    private static final String LOCALHOST = "localhost";

    private ClientAddresses() {}

    /**
     * The address of the client. Loopback is trusted; so a client there counts as remote if it may act for somebody
     * else: it is a proxy, by its headers or by {@code server.forward-headers-strategy}, or it has used a host name
     * that is not this machine's own, as a browser does after DNS rebinding.
     */
    static String of(HttpServletRequest request) {
        String address = request.getRemoteAddr();
        boolean proxied = isLoopback(address)
                && (request.getAttribute(ProxyHeaders.BELIEVED) != null || speaksForAnother(request));
        return of(address, request.getServerName(), proxied);
    }

    /**
     * The same, of the parts of a request.
     *
     * @param host the name that the client has asked for
     * @param proxied whether the peer may act for somebody else; matters for loopback only
     */
    static String of(String address, String host, boolean proxied) {
        return !isLoopback(address) || !proxied && isLoopbackName(host) ? address : PROXIED;
    }

    private static boolean speaksForAnother(HttpServletRequest request) {
        for (String name : Collections.list(request.getHeaderNames())) {
            String lower = name.toLowerCase(Locale.ROOT);
            if (FORWARDED.contains(lower) || lower.startsWith(X_FORWARDED)) {
                return true;
            }
        }
        return false;
    }

    /** Whether the requested host name can only be this machine's. */
    static boolean isLoopbackName(String host) {
        return LOCALHOST.equalsIgnoreCase(host) || isLoopback(host);
    }

    static boolean isLoopback(String address) {
        if (IPV4.equals(address)) {
            return true;
        }
        InetAddress parsed = ClientNetwork.parse(address);
        return parsed != null && parsed.isLoopbackAddress();
    }
}
