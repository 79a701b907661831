package dev.caravan.security;

import dev.caravan.http.LineAccess;
import jakarta.servlet.http.HttpServletRequest;
import org.springframework.stereotype.Component;

/** Counts and records each line of a streamed request as {@link RequestLimit} does with a request. Thread-safe. */
@Component
final class LineLimit implements LineAccess {
    private final RequestRate rate;
    private final AuditLog audit;

    LineLimit(RequestRate rate, AuditLog audit) {
        this.rate = rate;
        this.audit = audit;
    }

    @Override
    public Client of(HttpServletRequest request) {
        String who = RequestLimit.client(request);
        String name = AuditLog.name(request);
        String address = ClientAddresses.of(request);
        return new Client() {
            @Override
            public long admit() {
                return rate.admit(who);
            }

            @Override
            public void record(String method, String path) {
                audit.record(method, path, name, address);
            }
        };
    }
}
