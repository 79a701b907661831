package dev.caravan.http;

import java.util.HashMap;
import java.util.Map;

/**
 * The part of {@link BufferedBytes} that clients without a login may take together, such as senders to hooks, so that users keep
 * the rest; and one address only a part of that. Thread-safe.
 */
final class StrangersBytes {
    /** All of them have this fraction of the total, and one address this fraction of theirs. */
    private static final int SHARE = 4;

    private final BufferedBytes total;
    // Guarded by this.
    private final Map<String, Long> addresses = new HashMap<>();
    private long taken;

    StrangersBytes(BufferedBytes total) {
        this.total = total;
    }

    /** The room of one client. */
    BodyRoom of(String address) {
        String network = ClientNetwork.of(address);
        return new BodyRoom() {
            @Override
            public boolean take(int bytes) {
                return StrangersBytes.this.take(network, bytes);
            }

            @Override
            public void giveBack(int bytes) {
                StrangersBytes.this.giveBack(network, bytes);
            }
        };
    }

    private synchronized boolean take(String network, int bytes) {
        long most = total.most() / SHARE;
        long own = addresses.getOrDefault(network, 0L) + bytes;
        if (taken + bytes > most || own > most / SHARE || !total.take(bytes)) {
            return false;
        }
        taken += bytes;
        addresses.put(network, own);
        return true;
    }

    private synchronized void giveBack(String network, int bytes) {
        taken -= bytes;
        addresses.computeIfPresent(network, (name, own) -> own == bytes ? null : own - bytes);
        total.giveBack(bytes);
    }
}
