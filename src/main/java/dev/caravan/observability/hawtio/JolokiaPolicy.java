package dev.caravan.observability.hawtio;

import dev.caravan.security.AuditLog;
import dev.caravan.security.Role;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import javax.management.ObjectName;
import org.jolokia.server.core.service.api.Restrictor;
import org.jolokia.server.core.util.HttpMethod;
import org.jolokia.server.core.util.RequestType;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.stereotype.Component;

/**
 * Who may do what over JMX: {@code jolokia-access.yaml} names every attribute and every operation, and no role may use others.
 * Operators read, and call operations that only report; admins also start and stop routes, trace and debug. The audit log has
 * each operation and each write before it runs, denied ones too.
 */
@Component
class JolokiaPolicy implements Restrictor {
    private final List<JolokiaAccess> table = JolokiaAccess.table();
    private final AuditLog audit;

    JolokiaPolicy(AuditLog audit) {
        this.audit = audit;
    }

    /** A GET could be a link on another site. */
    @Override
    public boolean isHttpMethodAllowed(HttpMethod method) {
        return method == HttpMethod.POST;
    }

    @Override
    public boolean isTypeAllowed(RequestType type) {
        return switch (type) {
            case READ, WRITE, EXEC, LIST, SEARCH, VERSION -> true;
            default -> false;
        };
    }

    @Override
    public boolean isAttributeReadAllowed(ObjectName name, String attribute) {
        return is(Role.OPERATOR) && names(name, JolokiaAccess::read, attribute);
    }

    @Override
    public boolean isAttributeWriteAllowed(ObjectName name, String attribute) {
        return audited(is(Role.ADMIN) && names(name, JolokiaAccess::write, attribute), name, attribute + "=");
    }

    /** @param operation as the client wrote it: with the types of its parameters, or without them if there is just one */
    @Override
    public boolean isOperationAllowed(ObjectName name, String operation) {
        // Jolokia accepts spaces around the commas, and Hawtio writes some.
        String called = operation.replace(" ", "");
        boolean allowed = is(Role.OPERATOR) && names(name, JolokiaAccess::query, called)
                || is(Role.ADMIN) && names(name, JolokiaAccess::change, called);
        return audited(allowed, name, operation);
    }

    private boolean names(ObjectName name, Function<JolokiaAccess, Set<String>> what, String member) {
        // Jolokia asks for each MBean that a pattern matches; a pattern itself matches none here.
        return table.stream()
                .anyMatch(access ->
                        access.mbeans().apply(name) && what.apply(access).contains(member));
    }

    private boolean audited(boolean allowed, ObjectName name, String what) {
        audit.jmx(login(), allowed, what + " " + name.getCanonicalName());
        return allowed;
    }

    private static boolean is(Role role) {
        return role.isOf(login());
    }

    private static Authentication login() {
        return SecurityContextHolder.getContext().getAuthentication();
    }

    @Override
    public boolean isRemoteAccessAllowed(String... hostsOrAddresses) {
        return true; // the user has logged in
    }

    /** No CORS. {@link JolokiaServlet} has checked the origin: this class does not know ours. */
    @Override
    public boolean isOriginAllowed(String origin, boolean onlyWhenStrict) {
        return onlyWhenStrict;
    }

    @Override
    public boolean isObjectNameHidden(ObjectName name) {
        return table.stream().noneMatch(access -> access.mbeans().apply(name));
    }
}
