using System.ComponentModel.DataAnnotations;
using System.Reflection;

namespace OrleansGateway;

/// <summary>Checks bound options against their annotations and their own rules.</summary>
internal static class SettingsRules
{
    /// <param name="target">The options.</param>
    /// <param name="path">Where they stand in the configuration.</param>
    /// <param name="unreadable">Properties that have a fault already.</param>
    /// <param name="faults">What is found.</param>
    public static void Check(object target, string path, IReadOnlySet<string> unreadable, ICollection<string> faults)
    {
        foreach (var property in target.GetType().GetProperties(BindingFlags.Instance | BindingFlags.Public))
        {
            if (unreadable.Contains(property.Name)) continue;
            var context = new ValidationContext(target) { MemberName = property.Name, DisplayName = property.Name };
            foreach (var rule in property.GetCustomAttributes<ValidationAttribute>(inherit: true))
                if (rule.GetValidationResult(property.GetValue(target), context) is { } result) faults.Add($"{path}:{property.Name}: {result.ErrorMessage}");
        }

        // A rule across fields says nothing sensible about one that could not be read.
        if (target is not IValidatableObject rules || unreadable.Count > 0) return;
        foreach (var result in rules.Validate(new ValidationContext(target)))
            faults.Add($"{string.Join(" and ", result.MemberNames.Select(member => $"{path}:{member}").DefaultIfEmpty(path))}: {result.ErrorMessage}");
    }
}
