using System.Collections.Immutable;

namespace OrleansGateway;

/// <summary>What makes a tenant's webhooks wrong. Every fault is found at once; paths are those of the control plane's JSON.</summary>
internal static class WebhookRules
{
    /// <summary>Webhooks of one tenant.</summary>
    public const int MaxWebhooks = 10;

    /// <summary>Characters of an address.</summary>
    public const int MaxUrlLength = 2_000;

    private static readonly string[] Events = [WebhookEvent.BudgetThresholdType];

    public static IEnumerable<PolicyFault> Check(ImmutableArray<WebhookPolicy> webhooks, WebhookAddresses addresses)
    {
        var faults = new List<PolicyFault>();
        if (webhooks.IsDefaultOrEmpty) return faults;
        if (webhooks.Length > MaxWebhooks) faults.Add(new("webhooks", $"Must have at most {MaxWebhooks} webhooks."));
        var urls = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < webhooks.Length; i++)
        {
            var path = $"webhooks[{i}]";
            if (webhooks[i] is not { } webhook)
            {
                faults.Add(new(path, "Must be a webhook, not null."));
                continue;
            }

            if (WhyNot(webhook.Url, addresses) is { } why) faults.Add(new(path + ".url", why));
            else if (!urls.Add(webhook.Url)) faults.Add(new(path + ".url", "Stands there already: one webhook per address, with all its events."));
            CheckEvents(webhook.Events, path + ".events", faults);
            if (webhook.Secret is { } secret && !WebhookSecret.TryRead(secret, out _))
                faults.Add(new(path + ".secret",
                    $"Must be {WebhookSecret.Prefix} and {WebhookSecret.MinBytes} to {WebhookSecret.MaxBytes} bytes in base64; leave it out to have one made."));
        }
        return faults;
    }

    private static string? WhyNot(string? text, WebhookAddresses addresses)
    {
        if (text is null || text.Length > MaxUrlLength || !Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("https" or "http") || url.Host.Length == 0)
            return $"Must be an absolute https address of at most {MaxUrlLength} characters.";
        if (url.UserInfo.Length > 0) return "Must have no user or password: receivers know the gateway by its signature.";
        if (url.Fragment.Length > 0) return "Must have no fragment.";
        if (url.Scheme == "http" && !addresses.AllowsHttp(url)) return "Must be https; Gateway:Webhooks:AllowHttp=true lets other hosts than this machine be http.";
        return addresses.MayAllow(url) ? null : "Must be a public address; Gateway:Webhooks:AllowPrivateAddresses=true lets private ones and this machine be called.";
    }

    private static void CheckEvents(ImmutableArray<string> events, string path, List<PolicyFault> faults)
    {
        if (events.IsDefaultOrEmpty)
        {
            faults.Add(new(path, $"Must name at least one of {string.Join(", ", Events)}."));
            return;
        }
        for (var i = 0; i < events.Length; i++)
        {
            if (!Events.Contains(events[i])) faults.Add(new($"{path}[{i}]", $"Must be one of {string.Join(", ", Events)}."));
            else if (events.IndexOf(events[i]) < i) faults.Add(new($"{path}[{i}]", "Stands there already."));
        }
    }
}
