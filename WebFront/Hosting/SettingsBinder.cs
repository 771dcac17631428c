using System.Collections;
using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace OrleansGateway;

/// <summary>
/// Makes objects, lists and dictionaries of a configuration's sections. Its faults name a setting and never its value: any may hold a key that was put in the wrong place.
/// </summary>
internal sealed class SettingsBinder(ICollection<string> faults)
{
    /// <summary>The value of a section; null where it cannot be read.</summary>
    public object? Bind(Type type, IConfigurationSection section)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(IConfigurationSection)) return BindSection(section);
        if (SettingsValues.CanRead(type)) return BindValue(type, section);
        if (Arguments(type, typeof(IReadOnlyDictionary<,>), typeof(IDictionary<,>)) is [_, var valueType]) return BindDictionary(type, valueType, section);
        if (Arguments(type, typeof(IEnumerable<>)) is [var elementType]) return BindList(type, elementType, section);
        return BindObject(type, section);
    }

    // What is read elsewhere by its children alone would take no notice of a value of its own.
    private IConfigurationSection BindSection(IConfigurationSection section)
    {
        RefuseValue(section, "a section");
        return section;
    }

    private void RefuseValue(IConfigurationSection section, string kind)
    {
        var fault = $"{section.Path} must be {kind}, not one value";
        if (!string.IsNullOrEmpty(section.Value) && !faults.Contains(fault)) faults.Add(fault);
    }

    private object? BindValue(Type type, IConfigurationSection section)
    {
        if (section.GetChildren().Any())
        {
            faults.Add($"{section.Path} must be one value, not a section");
            return null;
        }

        if (SettingsValues.TryRead(type, section.Value ?? "", out var value)) return value;
        faults.Add($"{section.Path} must be {SettingsValues.Describe(type)}");
        return null;
    }

    private object BindObject(Type type, IConfigurationSection section)
    {
        var target = Activator.CreateInstance(type, nonPublic: true)!;
        var properties = type.GetProperties(BindingFlags.Instance | BindingFlags.Public).Where(property => property.CanWrite).ToArray();
        RefuseValue(section, "a section");

        var unreadable = new HashSet<string>(StringComparer.Ordinal);
        foreach (var child in section.GetChildren())
        {
            var property = properties.FirstOrDefault(property => property.Name.Equals(child.Key, StringComparison.OrdinalIgnoreCase));
            if (property is null)
            {
                faults.Add($"{child.Path} is not a setting; there are: {string.Join(", ", properties.Select(property => property.Name))}");
                continue;
            }

            if (child.Value is null && !child.GetChildren().Any()) continue;
            var before = faults.Count;
            var value = Bind(property.PropertyType, child);
            if (faults.Count > before) unreadable.Add(property.Name);
            if (value is not null) property.SetValue(target, value);
        }

        foreach (var property in properties)
            if (property.IsDefined(typeof(RequiredMemberAttribute)) && !section.GetSection(property.Name).Exists())
            {
                faults.Add($"{section.Path}:{property.Name} is missing");
                unreadable.Add(property.Name);
            }

        SettingsRules.Check(target, section.Path, unreadable, faults);
        return target;
    }

    private object BindList(Type type, Type elementType, IConfigurationSection section)
    {
        RefuseValue(section, "a list");
        var list = (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(elementType))!;
        foreach (var child in section.GetChildren())
            if (Bind(elementType, child) is { } element) list.Add(element);

        if (type.IsAssignableFrom(list.GetType())) return list;
        if (type.IsArray) return list.GetType().GetMethod(nameof(List<>.ToArray))!.Invoke(list, null)!;
        return Convert(nameof(ToImmutableArray), elementType, list);
    }

    private object BindDictionary(Type type, Type valueType, IConfigurationSection section)
    {
        RefuseValue(section, "a section");
        var dictionary = (IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(typeof(string), valueType))!;
        foreach (var child in section.GetChildren())
            if (Bind(valueType, child) is { } value) dictionary.Add(child.Key, value);

        return type.IsAssignableFrom(dictionary.GetType()) ? dictionary : Convert(nameof(ToImmutableDictionary), valueType, dictionary);
    }

    private static object Convert(string method, Type argument, object from) =>
        typeof(SettingsBinder).GetMethod(method, BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(argument).Invoke(null, [from])!;

    private static ImmutableArray<T> ToImmutableArray<T>(List<T> list) => [.. list];

    private static ImmutableDictionary<string, T> ToImmutableDictionary<T>(Dictionary<string, T> dictionary) => dictionary.ToImmutableDictionary();

    // The type arguments with which a type is, or implements, one of some generic interfaces.
    private static Type[]? Arguments(Type type, params Type[] generics) => type.GetInterfaces().Prepend(type)
        .FirstOrDefault(one => one.IsGenericType && generics.Contains(one.GetGenericTypeDefinition()))?.GetGenericArguments();
}
