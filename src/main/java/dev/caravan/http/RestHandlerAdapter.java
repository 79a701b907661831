package dev.caravan.http;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.springframework.core.Ordered;
import org.springframework.stereotype.Component;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.HandlerAdapter;
import org.springframework.web.servlet.ModelAndView;

/**
 * Calls the {@link RestConsumer} of a request directly. Spring MVC's own adapter would search for arguments to bind and
 * a value to convert; there are none.
 */
@Component
class RestHandlerAdapter implements HandlerAdapter, Ordered {
    @Override
    public boolean supports(Object handler) {
        return handler instanceof HandlerMethod method && method.getBean() instanceof RestConsumer;
    }

    @Override
    public ModelAndView handle(HttpServletRequest request, HttpServletResponse response, Object handler) {
        ((RestConsumer) ((HandlerMethod) handler).getBean()).service(request, response);
        return null;
    }

    @Override
    @SuppressWarnings("deprecation")
    public long getLastModified(HttpServletRequest request, Object handler) {
        return -1;
    }

    @Override
    public int getOrder() {
        return HIGHEST_PRECEDENCE;
    }
}
