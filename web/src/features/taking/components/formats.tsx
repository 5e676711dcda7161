import { useTranslation } from 'react-i18next';

import { Choice, Tick } from '@/ui/choice';
import { Field, Input } from '@/ui/field';

import { type Conversion, type Format, FORMATS, hasQuality, LARGEST_SIDE, readWhole, SMALLEST_SIDE } from '../converting';

/** As the files were made, or in another format, or smaller. */
export function Formats({ value, onChange }: { value: Conversion; onChange: (value: Conversion) => void }) {
  const { t } = useTranslation('taking');
  const change = (changes: Partial<Conversion>) => onChange({ ...value, ...changes });
  const isWrong = (text: string, least: number, most: number) => readWhole(text, least, most) === null;
  const isConverted = value.format !== 'original' || value.maxSide.trim() !== '';
  return (
    <div className="flex flex-col gap-3">
      <Choice<Format>
        label={t('format.label')}
        hint={t(isConverted ? 'format.converted' : 'format.asMade')}
        value={value.format}
        options={FORMATS.map((format) => ({ value: format, label: t(`format.names.${format}`) }))}
        onChange={(format) => change({ format })}
      />
      {value.format === 'webp' && <Tick label={t('format.lossless')} checked={value.isLossless} onChange={(isLossless) => change({ isLossless })} />}
      <div className="grid gap-3 tablet:grid-cols-3">
        <Input
          label={t('format.side')}
          hint={t('format.sideHint')}
          error={value.maxSide.trim() !== '' && isWrong(value.maxSide, SMALLEST_SIDE, LARGEST_SIDE) ? t('format.sideWrong', { least: SMALLEST_SIDE, most: LARGEST_SIDE }) : undefined}
          inputMode="numeric"
          value={value.maxSide}
          onChange={(event) => change({ maxSide: event.target.value })}
        />
        {hasQuality(value) && (
          <Input
            label={t('format.quality')}
            hint={t('format.qualityHint')}
            error={isWrong(value.quality, 1, 100) ? t('format.qualityWrong') : undefined}
            inputMode="numeric"
            value={value.quality}
            onChange={(event) => change({ quality: event.target.value })}
          />
        )}
        {value.format === 'jpeg' && (
          <Field label={t('format.background')} hint={t('format.backgroundHint')}>
            {(wiring) => <input {...wiring} type="color" value={value.background} onChange={(event) => change({ background: event.target.value })} className="h-control w-20 rounded-control border border-edge bg-surface p-1 max-tablet:h-11" />}
          </Field>
        )}
      </div>
    </div>
  );
}
