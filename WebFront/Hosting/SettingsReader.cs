namespace OrleansGateway;

/// <summary>
/// Binds options to a configuration section and collects every fault instead of stopping at the first: unknown names, values that
/// cannot be read, broken annotations, and what <see cref="System.ComponentModel.DataAnnotations.IValidatableObject"/> says across fields.
/// </summary>
internal sealed class SettingsReader<T>(IConfigurationSection section)
    where T : class
{
    /// <summary>The options; throws <see cref="SettingsException"/> with all faults.</summary>
    public T Read()
    {
        var faults = new List<string>();
        var options = Read(faults);
        return faults.Count == 0 ? options : throw new SettingsException(faults);
    }

    /// <summary>The options as far as they can be read; adds the faults to those of other sections.</summary>
    public T Read(ICollection<string> faults) => (T)new SettingsBinder(faults).Bind(typeof(T), section)!;
}
